"""Origins, slots, rates, dead peers and slow readers: a platform of two instances with small limits of its own."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from backend_user import Chat, Person, error_of, new_person
from raw_socket import PING, RawSocket
from websockets.exceptions import InvalidStatus

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import until

PAGE = "https://chat.example.com"
HEARTBEAT_S = 1.2
SOCKETS, UPGRADES, BURST, REFILL_S = 3, 12, 8, 0.5
OPTIONS = (
    *("--allowed-origins", f"{PAGE},http://localhost:3000"),
    *("--heartbeat", str(HEARTBEAT_S)),
    *("--sockets-per-user", str(SOCKETS), "--upgrades-per-minute", str(UPGRADES)),
    *("--rate-burst", str(BURST), "--rate-refill", str(REFILL_S)),
)


@pytest.fixture(scope="module")
def strict() -> Iterator[EmbeddedPlatform]:
    running = EmbeddedPlatform.start(
        PlatformOptions(backend_options=OPTIONS, auth_options=("--allowed-origins", PAGE), instances=2)
    )
    yield running
    running.stop()


@pytest.fixture
async def ada(strict: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(strict)
    yield person
    await person.leave()
    assert strict.error_lines() == []


async def refusal(person: Person, instance: int = 0, **options: object) -> tuple[int, str, str | None]:
    """Connect where it must be refused: status, code, Retry-After."""
    with pytest.raises(InvalidStatus) as refused:
        await person.chat(url=person.platform.ws_urls[instance], **options)
    answer = refused.value.response
    return answer.status_code, json.loads(answer.body or b"")["error"]["code"], answer.headers.get("Retry-After")


@pytest.mark.parametrize("origin", [None, PAGE, "http://localhost:3000"])
async def test_allowed_origin_connects(ada: Person, origin: str | None) -> None:
    headers = ada.headers | ({"Origin": origin} if origin else {})
    chat = await ada.chat(additional_headers=headers)
    await chat.pong("here")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example.com",
        f"{PAGE}.evil.com",
        f"{PAGE}@evil.com",
        f"{PAGE}:444",
        "http://chat.example.com",
        PAGE.upper(),
        "https://evilchat.example.com",
        f"{PAGE}/",
        "",
    ],
)
async def test_other_origin_is_refused_before_the_upgrade(ada: Person, origin: str) -> None:
    assert (await refusal(ada, additional_headers=ada.headers | {"Origin": origin}))[:2] == (403, "ORIGIN_REFUSED")


async def test_answers_to_an_allowed_origin_carry_cors_headers_and_errors_too(ada: Person) -> None:
    for path, headers, status in (
        ("/api/threads", ada.headers, 200),
        ("/api/threads", {}, 401),
        ("/api/nothing", ada.headers, 404),
        ("/api/runs/7", ada.headers, 404),
    ):
        url = f"{ada.platform.backend_urls[0]}{path}"
        answer = await ada.http.get(url, headers={**headers, "Origin": PAGE})
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, PAGE)
        assert "X-Trace-Id" in answer.headers["access-control-expose-headers"]
        other = await ada.http.get(url, headers={**headers, "Origin": "https://evil.example.com"})
        assert "access-control-allow-origin" not in other.headers
    answer = await ada.http.post(f"{ada.platform.auth_url}/auth/login", json={}, headers={"Origin": PAGE})
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (422, PAGE)


async def test_preflight(ada: Person) -> None:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,content-type"}
    url = f"{ada.platform.backend_urls[0]}/api/threads/7"
    answer = await ada.http.options(url, headers={**asked, "Origin": PAGE})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "X-Trace-Id" in answer.headers
    refused = await ada.http.options(url, headers={**asked, "Origin": "https://evil.example.com"})
    assert error_of(refused) == (403, "ORIGIN_REFUSED")
    assert "access-control-allow-origin" not in refused.headers


async def test_slots_are_counted_over_instances_and_free_again_at_once(ada: Person) -> None:
    urls = ada.platform.ws_urls
    chats = [await ada.chat(url=urls[number % 2]) for number in range(SOCKETS)]
    for instance in (0, 1):
        status, code, retry_after = await refusal(ada, instance)
        assert (status, code) == (429, "TOO_MANY_SOCKETS")
        assert retry_after is not None
    for chat in chats:
        await chat.pong("untouched")
    await chats[0].socket.close()
    again = await ada.chat(url=urls[1])
    await again.pong("here")
    await refusal(ada)


async def test_simultaneous_upgrades_do_not_get_more_than_the_slots(ada: Person) -> None:
    tries = [ada.chat(url=ada.platform.ws_urls[number % 2]) for number in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(Chat) == SOCKETS
    assert [type(outcome) for outcome in outcomes].count(InvalidStatus) == 8 - SOCKETS


async def test_more_upgrades_than_allowed_in_a_minute(ada: Person) -> None:
    for number in range(UPGRADES):
        chat = await ada.chat(url=ada.platform.ws_urls[number % 2])
        await chat.socket.close()
    for instance in (0, 1):
        status, code, retry_after = await refusal(ada, instance)
        assert (status, code) == (429, "RATE_LIMITED")
        assert 50 <= int(retry_after or 0) <= 60


async def test_socket_and_rest_pay_out_of_one_bucket(ada: Person) -> None:
    began = time.monotonic()
    chat = await ada.chat()
    for _ in range(BURST - 2):
        assert (await ada.call("GET", "/api/threads")).status_code == 200
    other = await ada.chat(url=ada.platform.ws_urls[1])
    for number in range(4):
        await other.ask(client_message_id=f"m{number}")
    limited = await other.until_type("error")
    assert limited["data"]["error"]["code"] == "RATE_LIMITED"
    assert 0 < limited["data"]["error"]["retry_after_s"] <= REFILL_S
    refused = await ada.call("GET", "/api/threads")
    if time.monotonic() - began < REFILL_S:
        assert error_of(refused) == (429, "RATE_LIMITED")
        assert refused.headers["Retry-After"] == "1"
    for _ in range(50):
        await chat.send("ping")
    await chat.send("stop_agent", {"run_id": str(uuid4())})
    await chat.send("resume", {"thread_id": str(uuid4()), "after_seq": 0})
    await chat.until(lambda _: [frame["type"] for frame in chat.frames].count("error") == 2)
    assert {frame["data"]["error"]["code"] for frame in chat.frames if frame["type"] == "error"} == {"NOT_FOUND"}
    await chat.pong("open")
    await other.pong("open too")


async def test_bucket_fills_again(ada: Person) -> None:
    while (await ada.call("GET", "/api/threads")).status_code == 200:
        pass
    began = time.monotonic()
    chat = await ada.chat()
    while time.monotonic() - began < REFILL_S:
        await chat.pong(str(time.monotonic()))
    assert (await ada.call("GET", "/api/threads")).status_code == 200


async def test_one_user_s_rate_is_not_another_s(ada: Person) -> None:
    bob = await new_person(ada.platform)
    while (await ada.call("GET", "/api/threads")).status_code == 200:
        pass
    assert (await bob.call("GET", "/api/threads")).status_code == 200
    await bob.leave()


async def test_peer_that_answers_no_ping_is_cut_without_a_close_frame_and_its_slot_is_free(ada: Person) -> None:
    dead = [await RawSocket.connect(ada.platform.ws_urls[0]) for _ in range(SOCKETS)]
    for connection in dead:
        assert (await connection.upgrade(ada.token))[0] == 101
    assert (await refusal(ada, 1))[:2] == (429, "TOO_MANY_SOCKETS")
    began = time.monotonic()
    opcodes = []
    while True:
        try:
            opcodes.append((await dead[0].read(2 * HEARTBEAT_S))[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            break
    assert time.monotonic() - began < 2 * HEARTBEAT_S
    assert PING in opcodes
    assert set(opcodes) <= {1, PING}
    chat = await ada.chat(url=ada.platform.ws_urls[1])
    await chat.pong("there is room")


async def test_living_peer_is_kept(ada: Person) -> None:
    chat = await ada.chat()
    await chat.until(lambda _: [frame["type"] for frame in chat.frames].count("heartbeat") == 3)
    await chat.pong("alive")


async def test_slots_and_rates_count_on_each_instance_while_redis_is_away() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions(backend_options=OPTIONS, instances=2))
    try:
        ada = await new_person(platform)
        redis = platform.processes["valkey"]
        assert redis.pid is not None
        os.kill(redis.pid, signal.SIGKILL)
        chats: list[Chat] = []
        for instance in (0, 1):
            chats += [await ada.chat(url=platform.ws_urls[instance]) for _ in range(SOCKETS)]
            assert (await refusal(ada, instance))[:2] == (429, "TOO_MANY_SOCKETS")
        await chats[0].socket.close()
        await (await ada.chat(url=platform.ws_urls[0])).pong("here")
        answers = [await ada.call("GET", "/api/threads") for _ in range(BURST + 8)]
        assert {answer.status_code for answer in answers} == {200, 429}
        await ada.leave()
    finally:
        platform.stop()


async def test_slots_of_a_killed_instance_are_free_within_two_heartbeats() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions(backend_options=OPTIONS, instances=2))
    try:
        ada = await new_person(platform)
        # the one on the instance that lives keeps the user's presence as a whole alive
        for instance in (1, *[0] * (SOCKETS - 1)):
            await ada.chat(url=platform.ws_urls[instance])
        backend = platform.processes["backend-1"]
        assert backend.pid is not None
        os.kill(backend.pid, signal.SIGKILL)
        assert (await refusal(ada, 1))[:2] == (429, "TOO_MANY_SOCKETS")

        async def connects() -> bool | None:
            try:
                await ada.chat(url=platform.ws_urls[1])
            except InvalidStatus:
                return None
            return True

        await until(connects, within_s=2 * HEARTBEAT_S, every_s=0.4, what="a free slot")
        await ada.leave()
    finally:
        platform.stop()

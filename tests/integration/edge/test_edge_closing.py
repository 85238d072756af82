"""The end of one side is the end of the other, nothing is kept, and nothing is left."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest
from backend_stand_in import TOKEN, Front, front, numbered
from edge_user import Person, new_person, open_chat
from websockets.asyncio.server import ServerConnection

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import until
from tests.unit.platform.waiting import gone


@pytest.fixture
async def before(tmp_path) -> AsyncIterator[Front]:
    """The adapter before a backend that does what a test says."""
    async with front(tmp_path) as running:
        yield running
        errors = [line for line in running.edge.process.log_path.read_text().splitlines() if '"ERROR"' in line]
        assert errors == []


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1008, "over"), (1012, "restart"), (1013, ""), (4000, "own")])
async def test_how_the_backend_closes_is_what_the_client_hears(before, code, reason):
    before.behind.behave = lambda socket: socket.close(code, reason)
    assert await (await before.chat()).closed() == (code, reason)


async def test_a_backend_that_breaks_off_is_a_restart(before):
    async def cut(socket: ServerConnection) -> None:
        socket.transport.abort()

    before.behind.behave = cut
    assert (await (await before.chat()).closed())[0] == 1012


async def test_a_client_that_closes_leaves_no_socket_behind(before):
    chat = await before.chat()
    await chat.socket.close(1001, "bye")
    assert await before.behind_closed(2) == 1000


async def test_a_client_that_breaks_off_leaves_no_socket_behind(before):
    chat = await before.chat()
    chat.socket.transport.abort()
    assert await before.behind_closed(2) == 1000


async def test_what_a_client_says_before_it_leaves_still_arrives(before):
    heard: asyncio.Future[list[str | bytes]] = asyncio.get_running_loop().create_future()

    async def listen(socket: ServerConnection) -> None:
        heard.set_result([message async for message in socket])

    before.behind.behave = listen
    chat = await before.chat()
    for _ in range(50):
        await chat.say(type="ping")
    await chat.socket.close()
    assert await asyncio.wait_for(heard, 5) == ['{"type": "ping"}'] * 50


async def test_a_binary_frame_ends_the_socket(before):
    chat = await before.chat()
    await chat.socket.send(b"x")
    assert (await chat.closed())[0] == 1003


async def test_frames_come_in_their_order(before):
    async def count(socket: ServerConnection) -> None:
        for number in range(2000):
            await socket.send(numbered(number))
        await socket.close()

    before.behind.behave = count
    chat = await before.chat()
    assert (await chat.closed())[0] == 1000
    assert [frame["error_message"] for frame in chat.frames[2:]] == [str(number) for number in range(2000)]


async def test_a_client_that_does_not_read_is_felt_behind_and_then_cut(before):
    sent = 0

    async def flood(socket: ServerConnection) -> None:
        nonlocal sent
        while True:
            await socket.send(numbered(sent, "x" * 100_000))
            sent += 1

    before.behind.behave = flood
    chat = await before.chat()
    chat.socket.transport.pause_reading()
    await before.behind_closed(12)
    assert sent * 100_000 < 20_000_000  # what systems and libraries keep on the way, not what the adapter does


async def test_each_client_has_its_own_socket_behind(before):
    first, second = await before.chat(), await before.chat()
    await before.behind.sockets[0].send(numbered(1))
    await before.behind.sockets[1].send(numbered(2))
    assert [(await chat.next())["error_message"] for chat in (first, second)] == ["1", "2"]
    await first.socket.close()
    await before.behind.sockets[1].send(numbered(3))
    assert (await second.next())["error_message"] == "3"


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(503, "AUTH_UNAVAILABLE", "AUTH_SERVICE_ERROR"), (503, "NOT_READY", "AUTH_SERVICE_ERROR")],
)
async def test_a_backend_that_cannot_tell_is_no_refusal_of_the_token(before, status, code, told):
    before.behind.refuse = {"status": status, "body": {"error": {"code": code, "message": "Not now."}}}
    chat = await before.chat(greeted=False)
    assert await chat.closed() == (1008, told)
    assert chat.frames[0]["error_message"] == "Not now."


async def test_the_query_carries_a_token_where_that_is_switched_on(tmp_path):
    async with front(tmp_path, "--query-token", "--environment", "staging") as running:
        await running.chat(query=True)
        assert running.behind.tokens == [f"Bearer {TOKEN}"]
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.post(f"{running.edge.url}/auth/dev/login")).status_code == 404
            assert (await http.get(f"{running.edge.url}/health")).json()["environment"] == "staging"


async def test_a_stop_of_the_adapter_leaves_nothing(before):
    chat = await before.chat()
    pid = before.edge.process.pid
    before.edge.process.kill(signal.SIGTERM)
    assert (await chat.closed())[0] == 1012
    assert await before.behind_closed(2) == 1000
    await gone(pid, within_s=5)
    assert before.edge.process.wait_ended(1)


async def test_a_backend_that_restarts_closes_with_1012_and_is_told_as_away() -> None:
    platform = await asyncio.to_thread(EmbeddedPlatform.start, PlatformOptions(edge="netra-apex"))
    pids = [one.pid for one in platform.processes.values()]
    person: Person = await new_person(platform)
    try:
        chat = await person.chat()
        backend = platform.processes["backend-1"]
        backend.kill(signal.SIGTERM)
        assert (await chat.closed())[0] == 1012
        await until(lambda: _ended(backend), within_s=10, every_s=0.1, what="the end of the backend")
        answer = await person.call("GET", "/api/threads")
        assert (answer.status_code, answer.json()["error_code"]) == (503, "SERVICE_UNAVAILABLE")
        ready = await person.call("GET", "/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
        assert await (await open_chat(platform, additional_headers=person.headers)).closed() == (
            1008,
            "AUTH_SERVICE_ERROR",
        )
        assert (await person.call("GET", "/auth/me")).status_code == 200
        assert platform.log_lines("edge", "ERROR") == []
    finally:
        await person.leave()
        await asyncio.to_thread(platform.stop)
    for pid in pids:
        await gone(pid, within_s=3)


async def _ended(process) -> bool | None:
    return None if process.running else True

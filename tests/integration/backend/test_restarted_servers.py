"""Servers of the platform that go away and come back: what users notice meanwhile, and what is as before afterwards.

A platform of its own for each test: its servers are stopped, killed and started again.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from backend_user import Chat, Frame, Person, error_of, new_person
from redis.asyncio import Redis
from watched_run import check_two_attempts, database, ended, slow_run
from websockets.exceptions import InvalidStatus

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import NotYet, until
from sut.store.keys import Keys

LEASE_S = 5
OTHER_INSTANCE_WITHIN_S = 5
REFUSED_WITHIN_S = 5.5
BACK_WITHIN_S = 60
AWAY_S = 1.5 * LEASE_S
LISTEN_AGAIN_WITHIN_S = 1.5


@pytest.fixture
def twins() -> Iterator[EmbeddedPlatform]:
    running = EmbeddedPlatform.start(PlatformOptions(instances=2))
    yield running
    running.stop()


@pytest.fixture
async def ada(twins: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(twins)
    yield person
    await person.leave()
    assert twins.error_lines() == []


async def restart(platform: EmbeddedPlatform, *names: str) -> None:
    await asyncio.to_thread(platform.restart, *names)


async def pair(person: Person) -> tuple[Chat, Chat]:
    """A socket on each instance."""
    first, second = [await person.chat(url=url, max_queue=None) for url in person.platform.ws_urls]
    return first, second


async def at(person: Person, number: int) -> httpx.Response:
    """Ask one of the instances for the user's threads."""
    return await person.http.get(f"{person.platform.backend_urls[number]}/api/threads", headers=person.headers)


async def upgrade_refused(person: Person, url: str) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await person.chat(url=url)
    return refused.value.response.status_code


async def refreshed(person: Person) -> httpx.Response:
    url = f"{person.platform.auth_url}/auth/refresh"
    return await person.http.post(url, json={"refresh_token": person.refresh_token})


async def login_works(platform: EmbeddedPlatform) -> None:
    """Register and log in, and be known to both instances."""
    email, password = f"new-{secrets.token_hex(6)}@example.com", "correct horse battery"
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        body = {"email": email, "password": password}
        assert (await http.post(f"{platform.auth_url}/auth/register", json=body)).status_code == 201
        answer = await http.post(f"{platform.auth_url}/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        for url in platform.backend_urls:
            assert (await http.get(f"{url}/api/threads", headers=headers)).status_code == 200


async def test_a_killed_only_instance_that_starts_again_goes_on_with_its_run() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions())
    try:
        ada = await new_person(platform)
        before = await ada.chat(max_queue=None)
        ack = await slow_run(ada, before, 20)
        killed_at = time.time()
        platform.processes["backend-1"].kill()
        assert await before.closed() == 1006
        await restart(platform, "backend-1")
        after = await ada.chat(max_queue=None)
        seen = before.of_run(ack["run_id"])
        await after.send("resume", {"thread_id": ack["thread_id"], "after_seq": seen[-1]["seq"]})
        assert (await ended(after, ack["run_id"]))["type"] == "agent_completed"
        # what came live before the answer to resume comes once more, as replayed
        frames = {frame["seq"]: frame for frame in [*seen, *after.of_run(ack["run_id"])]}
        await check_two_attempts(ada, [frames[seq] for seq in sorted(frames)], ack)
        second = next(f for f in frames.values() if f["type"] == "agent_started" and f["data"]["attempt"] == 2)
        assert datetime.fromisoformat(second["timestamp"]).timestamp() - killed_at < LEASE_S
        await ada.leave()
        assert platform.error_lines() == []
    finally:
        platform.stop()


async def test_runs_and_their_events_outlive_a_valkey_that_comes_back_empty(ada: Person) -> None:
    platform = ada.platform
    first, second = await pair(ada)
    ack = await slow_run(ada, first, 3)
    platform.processes["valkey"].kill()
    await login_works(platform)
    for chat in (first, second):
        assert (await ended(chat, ack["run_id"]))["type"] == "agent_completed"
    # under way while it comes back
    during = await slow_run(ada, first, 2)
    await restart(platform, "valkey")
    await login_works(platform)
    for chat in (first, second):
        assert (await ended(chat, during["run_id"]))["type"] == "agent_completed"

    async def arrives_there() -> float:
        client_id = await first.ask(thread_id=ack["thread_id"])
        await first.answered(client_id)
        began = time.monotonic()
        await second.answered(client_id)
        return time.monotonic() - began

    assert await arrives_there() < OTHER_INSTANCE_WITHIN_S

    async def fast_again() -> bool | None:
        return await arrives_there() < 0.2 or None

    await until(fast_again, within_s=20, what="events through Valkey")
    for thread_id in (ack["thread_id"], during["thread_id"]):
        shown = [
            [(f["event_id"], f["seq"]) for f in chat.frames if f.get("thread_id") == thread_id]
            for chat in (first, second)
        ]
        assert shown[0] == shown[1]
        assert [seq for _, seq in shown[0]] == list(range(1, len(shown[0]) + 1))


async def test_who_was_logged_out_stays_out_when_valkey_comes_back_empty(ada: Person) -> None:
    platform = ada.platform
    before, during = await new_person(platform), await new_person(platform)
    for person in (before, during):
        for number in (0, 1):
            assert (await at(person, number)).status_code == 200
    socket = await during.chat(url=platform.ws_urls[1])
    await before.logout()
    platform.processes["valkey"].kill()
    # half done, which the answer says: PostgreSQL knows, Valkey does not
    half = await during.http.post(f"{platform.auth_url}/auth/logout", headers=during.headers)
    assert error_of(half) == (503, "SERVICE_UNAVAILABLE")
    assert await socket.closed(within_s=5) == 1008

    async def all_are_out() -> None:
        for person in (before, during):
            for number in (0, 1):
                assert error_of(await at(person, number)) == (401, "SESSION_REVOKED")
                assert await upgrade_refused(person, platform.ws_urls[number]) == 401
            assert (await refreshed(person)).status_code == 401

    await all_are_out()
    await restart(platform, "valkey")
    await all_are_out()
    # and soon the word of a revocation travels through the new one as fast as through the old
    await until(lambda: both_listen(platform), within_s=LISTEN_AGAIN_WITHIN_S, what="both instances at the new Valkey")
    late = await new_person(platform)
    socket = await late.chat(url=platform.ws_urls[1])
    await late.logout()
    assert await socket.closed(within_s=1) == 1008
    assert (await at(ada, 0)).status_code == 200


async def both_listen(platform: EmbeddedPlatform) -> bool | None:
    async with Redis.from_url(platform.redis_url) as redis:
        [(_, listeners)] = await redis.pubsub_numsub(Keys(platform.redis_prefix).revocations_channel())
    return listeners == len(platform.backend_urls) or None


@pytest.mark.parametrize("ending", ["halt", "kill"])
async def test_postgresql_goes_away_and_comes_back(ada: Person, ending: str) -> None:
    platform = ada.platform
    first, second = await pair(ada)
    acked = await first.acknowledged(await first.ask())
    await ended(first, acked["run_id"])
    at_work = await slow_run(ada, first, 2)
    await asyncio.to_thread(getattr(platform.processes["postgres"], ending))
    for number, chat in enumerate((first, second)):
        began = time.monotonic()
        assert error_of(await at(ada, number)) == (503, "SERVICE_UNAVAILABLE")
        assert time.monotonic() - began < REFUSED_WITHIN_S
        began = time.monotonic()
        ref = secrets.token_hex(4)
        await chat.send("user_message", {"content": "not stored", "client_message_id": ref}, ref=ref)
        refused = await chat.until(lambda f, ref=ref: f["type"] == "error" and f["data"].get("ref") == ref)
        assert refused["data"]["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert time.monotonic() - began < REFUSED_WITHIN_S
        await chat.pong(f"alive-{number}")
    await refused_for(AWAY_S, ada)
    await restart(platform, "postgres")
    began = time.monotonic()
    # by itself: nobody asks for anything
    for chat in (first, second):
        end = await ended(chat, at_work["run_id"], BACK_WITHIN_S)
        assert end["type"] == "agent_completed"
    again = await first.acknowledged(await first.ask(thread_id=acked["thread_id"]))
    for chat in (first, second):
        assert (await ended(chat, again["run_id"]))["type"] == "agent_completed"
    assert time.monotonic() - began < BACK_WITHIN_S
    for number in (0, 1):
        assert (await at(ada, number)).status_code == 200
    async with database(platform) as db:
        rows = await db.fetch(
            "SELECT id, content FROM messages WHERE user_id = $1 AND role = 'user'", UUID(ada.user_id)
        )
    asked = [acked, at_work, again]
    assert {str(row["id"]) for row in rows} == {ack["data"]["message_id"] for ack in asked}
    for chat in (first, second):
        check_gapless(chat, acked["thread_id"])
        check_gapless(chat, at_work["thread_id"])


async def refused_for(seconds: float, person: Person) -> None:
    """Long enough that the run has its answer and cannot store it, and that its lease runs out."""
    until_s = time.monotonic() + seconds

    async def look() -> bool | None:
        assert error_of(await at(person, 0))[0] == 503
        return time.monotonic() > until_s or None

    await until(look, within_s=seconds + REFUSED_WITHIN_S, every_s=0.5, what="the outage's time")


def check_gapless(chat: Chat, thread_id: str) -> None:
    frames: list[Frame] = [frame for frame in chat.frames if frame.get("thread_id") == thread_id]
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))


async def forget(person: Person) -> None:
    """Let no instance know the session from Redis any more: the auth service has to be asked."""
    async with Redis.from_url(person.platform.redis_url) as redis:
        async for key in redis.scan_iter(f"{person.platform.redis_prefix}session:*"):
            await redis.delete(key)


@pytest.mark.parametrize("ending", ["halt", "kill", "freeze"])
async def test_the_auth_service_goes_away_and_comes_back(ada: Person, ending: str) -> None:
    platform = ada.platform
    first, _ = await pair(ada)
    await asyncio.to_thread(getattr(platform.processes["auth"], ending))
    await forget(ada)
    for number in (0, 1):
        began = time.monotonic()
        assert error_of(await at(ada, number)) == (503, "AUTH_UNAVAILABLE")
        assert time.monotonic() - began < REFUSED_WITHIN_S
        assert await upgrade_refused(ada, platform.ws_urls[number]) == 503
    # who is in stays in, and what they ask is answered
    await first.answered(await first.ask())
    await restart(platform, "auth")

    async def accepted(number: int) -> bool:
        answer = await at(ada, number)
        if answer.status_code != 200:
            assert error_of(answer) == (503, "AUTH_UNAVAILABLE")
            raise NotYet(answer.text)
        return True

    for number in (0, 1):
        await until(lambda number=number: accepted(number), within_s=15, what="the auth service asked again")
        await ada.chat(url=platform.ws_urls[number])
    answer = await refreshed(ada)
    assert answer.status_code == 200, answer.text
    ada.token = answer.json()["access_token"]
    assert (await at(ada, 1)).status_code == 200


async def test_a_revoked_session_stays_revoked_over_restarts_of_everything(ada: Person) -> None:
    platform = ada.platform
    gone, kept = await new_person(platform), await new_person(platform)
    await gone.logout()
    everything: list[tuple[str, ...]] = [("auth",), ("backend-1", "backend-2"), ("valkey",), ("postgres",)]
    for names in everything:
        await restart(platform, *names)
        for number in (0, 1):
            await until(lambda number=number: is_known(kept, number), within_s=15, what=f"work after {names}")
            assert error_of(await at(gone, number)) == (401, "SESSION_REVOKED"), names
            assert await upgrade_refused(gone, platform.ws_urls[number]) == 401, names
        assert (await refreshed(gone)).status_code == 401, names
        answer: Any = await refreshed(kept)
        assert answer.status_code == 200, (names, answer.text)
        kept.token, kept.refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]


async def is_known(person: Person, number: int) -> bool:
    answer = await at(person, number)
    if answer.status_code == 503:
        raise NotYet(answer.text)
    assert answer.status_code == 200, answer.text
    return True

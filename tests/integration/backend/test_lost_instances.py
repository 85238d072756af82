"""What happens to runs when an instance dies, sleeps, or is told to stop, and to users when Redis dies."""

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from backend_user import ENDS, QUESTION, Chat, Frame, Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import until

LEASE_S = 5


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


@asynccontextmanager
async def database(platform: EmbeddedPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.postgres_url)
    yield connection
    await connection.close()


async def slow_run(ada: Person, chat: Chat, seconds: float, times: int = 1) -> Frame:
    """Ask, and wait until the run is in its last step: what came before is stored."""
    marker = f"slow-{secrets.token_hex(4)}"
    async with LlmControl(ada.platform.llm_url, ada.platform.llm_token) as llm:
        await llm.script(marker, [{"delay_s": seconds}] * times, for_task="report")
        ack = await chat.acknowledged(await chat.ask(f"{QUESTION} {LlmControl.marker_text(marker)}"))
        await chat.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")

        # The agent says what it will do and then does it: an instance that is killed in between leaves the slow reply
        # to the next attempt.
        async def report_was_asked_for() -> bool | None:
            return any(asked["task"] == "report" for asked in await llm.requests(marker)) or None

        await until(report_was_asked_for, within_s=5, what="the call of the LLM for the report")
    return ack


async def ended(chat: Chat, run_id: str, within_s: float = 8) -> Frame:
    return await chat.until(lambda frame: frame["type"] in ENDS and frame["run_id"] == run_id, within_s)


async def story(db: asyncpg.Connection, thread_id: str) -> list[tuple[int, str, dict[str, object]]]:
    rows = await db.fetch("SELECT seq, type, data FROM run_events WHERE thread_id = $1 ORDER BY seq", UUID(thread_id))
    return [(row["seq"], row["type"], json.loads(row["data"])) for row in rows]


async def check_two_attempts(ada: Person, watching: Chat, ack: Frame) -> None:
    """The story of the run that was taken over: whole, in order, nothing of it twice."""
    frames = watching.of_run(ack["run_id"])
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [f["data"]["attempt"] for f in frames if f["type"] == "agent_started"] == [1, 2]
    assert [f["type"] for f in frames if f["type"] in ENDS] == ["agent_completed"]
    assert frames[-1]["type"] == "agent_completed"
    # what was done is not done again
    second = frames[max(index for index, frame in enumerate(frames) if frame["type"] == "agent_started") :]
    assert {frame["data"]["agent"] for frame in second[1:-1]} == {"report"}
    async with database(ada.platform) as db:
        told = await story(db, ack["thread_id"])
        assert [(seq, kind) for seq, kind, _ in told] == [(frame["seq"], frame["type"]) for frame in frames]
        answers = await db.fetchval(
            "SELECT count(*) FROM messages WHERE thread_id = $1 AND role = 'assistant'", UUID(ack["thread_id"])
        )
        assert answers == 1


async def test_run_of_a_killed_instance_goes_on_at_the_other(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    ack = await slow_run(ada, first, 20)
    await second.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")
    ada.platform.processes["backend-1"].kill()
    began = time.monotonic()
    await second.until(lambda frame: frame["type"] == "agent_started" and frame["data"]["attempt"] == 2)
    assert time.monotonic() - began < LEASE_S
    assert (await ended(second, ack["run_id"]))["type"] == "agent_completed"
    await check_two_attempts(ada, second, ack)


async def test_sleeper_that_wakes_up_tells_nothing_of_a_run_that_it_lost(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    # its answer from the LLM is there as soon as it wakes up
    ack = await slow_run(ada, first, 1.5)
    sleeper = ada.platform.processes["backend-1"]
    sleeper.kill(signal.SIGSTOP)
    try:
        assert (await ended(second, ack["run_id"], 12))["type"] == "agent_completed"
    finally:
        sleeper.kill(signal.SIGCONT)
    # its own sockets get the whole story, and its own end of the run is nowhere
    await ended(first, ack["run_id"])
    after = await first.acknowledged(await first.ask(thread_id=ack["thread_id"]))
    await ended(first, after["run_id"])
    await ended(second, after["run_id"])
    shown = [[(f["event_id"], f["seq"]) for f in chat.frames if "seq" in f] for chat in (first, second)]
    assert shown[0] == shown[1]
    async with database(ada.platform) as db:
        ends = [kind for _, kind, _ in await story(db, ack["thread_id"]) if kind in ENDS]
    assert len(ends) == 2
    assert [f["data"]["attempt"] for f in second.of_run(ack["run_id"]) if f["type"] == "agent_started"] == [1, 2]


async def test_run_is_lost_after_three_attempts(ada: Person) -> None:
    watching = await ada.chat(url=ada.platform.ws_urls[1])
    ack = await slow_run(ada, watching, 30, times=3)
    async with database(ada.platform) as db:
        for attempt in (2, 3):
            await db.execute("UPDATE runs SET lease_until = now() - interval '1 s', fence = fence + 1")
            await watching.until(
                lambda f, attempt=attempt: f["type"] == "agent_started" and f["data"]["attempt"] == attempt
            )
        await db.execute("UPDATE runs SET lease_until = now() - interval '1 s', fence = fence + 1")
    end = await ended(watching, ack["run_id"])
    assert (end["type"], end["data"]["error"]["code"]) == ("agent_error", "RUN_LOST")


async def test_stopped_instance_hands_over_what_it_cannot_finish(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    ack = await slow_run(ada, first, 25)
    backend = ada.platform.processes["backend-1"]
    assert backend.pid is not None
    os.kill(backend.pid, signal.SIGTERM)
    assert await first.closed(within_s=2) == 1012
    assert await asyncio.to_thread(backend.wait_ended, 15)
    began = time.monotonic()
    await second.until(lambda frame: frame["type"] == "agent_started" and frame["data"]["attempt"] == 2, within_s=3)
    assert time.monotonic() - began < LEASE_S
    await ended(second, ack["run_id"])
    await check_two_attempts(ada, second, ack)


async def test_stop_works_although_the_instance_that_runs_is_dead(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    ack = await slow_run(ada, first, 20)
    await second.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")
    ada.platform.processes["backend-1"].kill()
    await second.send("stop_agent", {"run_id": ack["run_id"]})
    assert (await ended(second, ack["run_id"], 2))["type"] == "agent_stopped"


async def test_without_redis_everything_crosses_instances_all_the_same(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    ack = await slow_run(ada, first, 1.0)
    ada.platform.processes["valkey"].kill()
    for chat in (first, second):
        assert (await ended(chat, ack["run_id"], 6))["type"] == "agent_completed"
    # a question on the other one, in the same thread; then a stop across
    again = await second.acknowledged(await second.ask(thread_id=ack["thread_id"]))
    for chat in (first, second):
        assert (await ended(chat, again["run_id"], 6))["type"] == "agent_completed"
    frames = [[(f["event_id"], f["seq"]) for f in chat.frames if "seq" in f] for chat in (first, second)]
    assert frames[0] == frames[1]
    assert [seq for _, seq in frames[0]] == list(range(1, len(frames[0]) + 1))
    run = await slow_run(ada, first, 20)
    await second.send("stop_agent", {"run_id": run["run_id"]})
    assert (await ended(second, run["run_id"], 2))["type"] == "agent_stopped"
    assert (await ended(first, run["run_id"], 5))["type"] == "agent_stopped"
    async with database(ada.platform) as db:
        await db.execute("UPDATE sessions SET revoked_at = now() WHERE user_id = $1", UUID(ada.user_id))
    assert [await first.closed(within_s=5), await second.closed(within_s=5)] == [1008, 1008]


async def test_frozen_redis_delays_but_loses_nothing_and_is_used_again(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    valkey = ada.platform.processes["valkey"]
    valkey.kill(signal.SIGSTOP)
    try:
        ack = await first.acknowledged(await first.ask())
        assert (await ended(second, ack["run_id"], 8))["type"] == "agent_completed"
    finally:
        valkey.kill(signal.SIGCONT)

    async def fast_again() -> bool | None:
        client_id = await first.ask(thread_id=ack["thread_id"])
        await first.answered(client_id)
        began = time.monotonic()
        await second.answered(client_id)
        return True if time.monotonic() - began < 0.2 else None

    await until(fast_again, within_s=15, what="events through Redis")
    assert [frame["seq"] for frame in second.frames if "seq" in frame] == sorted(
        {frame["seq"] for frame in second.frames if "seq" in frame}
    )

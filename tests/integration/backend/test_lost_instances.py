"""What happens to runs when an instance dies, sleeps, or is told to stop, and to users when Redis dies."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from backend_user import ENDS, Person, new_person
from watched_run import check_two_attempts, database, ended, slow_run, story

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
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


async def test_run_of_a_killed_instance_goes_on_at_the_other(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    ack = await slow_run(ada, first, 20)
    await second.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")
    ada.platform.processes["backend-1"].kill()
    began = time.monotonic()
    await second.until(lambda frame: frame["type"] == "agent_started" and frame["data"]["attempt"] == 2)
    assert time.monotonic() - began < LEASE_S
    assert (await ended(second, ack["run_id"]))["type"] == "agent_completed"
    await check_two_attempts(ada, second.of_run(ack["run_id"]), ack)


async def test_sleeper_that_wakes_up_tells_nothing_of_a_run_that_it_lost(ada: Person) -> None:
    first, second = [await ada.chat(url=url, max_queue=None) for url in ada.platform.ws_urls]
    # its answer from the LLM is there as soon as it wakes up
    ack = await slow_run(ada, first, 1.5)
    sleeper = ada.platform.processes["backend-1"]
    with sleeper.frozen():
        assert (await ended(second, ack["run_id"], 12))["type"] == "agent_completed"
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
    await check_two_attempts(ada, second.of_run(ack["run_id"]), ack)


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
    with ada.platform.processes["valkey"].frozen():
        ack = await first.acknowledged(await first.ask())
        assert (await ended(second, ack["run_id"], 8))["type"] == "agent_completed"

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

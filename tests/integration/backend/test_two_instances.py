"""Two backends on the same stores: what one of them takes in, does or loses, users see on both."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import pytest
from backend_user import ENDS, QUESTION, Chat, Frame, Person, error_of, new_person
from redis.asyncio import Redis

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import until
from sut.common.settings import ISOLATIONS

STORED = ("message_ack", "agent_", "tool_")


@pytest.fixture(scope="module", params=ISOLATIONS)
def twins(request: pytest.FixtureRequest) -> Iterator[EmbeddedPlatform]:
    options = ("--db-isolation", request.param)
    running = EmbeddedPlatform.start(PlatformOptions(instances=2, auth_options=options, backend_options=options))
    yield running
    running.stop()


@pytest.fixture
async def ada(twins: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(twins)
    yield person
    await person.leave()
    assert twins.error_lines() == []


@pytest.fixture
async def llm(twins: EmbeddedPlatform) -> AsyncIterator[LlmControl]:
    async with LlmControl(twins.llm_url, twins.llm_token) as control:
        yield control


@pytest.fixture
async def db(twins: EmbeddedPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(twins.postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def redis(twins: EmbeddedPlatform) -> AsyncIterator[Redis]:
    client = Redis.from_url(twins.redis_url, decode_responses=True)
    yield client
    await client.aclose()


async def pair(person: Person) -> tuple[Chat, Chat]:
    """A socket on each instance."""
    first, second = [await person.chat(url=url, max_queue=None) for url in person.platform.ws_urls]
    return first, second


def stored(chat: Chat, thread_id: str | None = None) -> list[Frame]:
    return [
        frame
        for frame in chat.frames
        if frame["type"].startswith(STORED)
        and (thread_id is None or frame["thread_id"] == thread_id)
        and not frame["data"].get("replayed")
    ]


def shown(frames: list[Frame]) -> list[tuple[str, int, str]]:
    return [(frame["event_id"], frame["seq"], frame["type"]) for frame in frames]


def in_order(frames: list[Frame]) -> bool:
    return [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))


async def slow_question(llm: LlmControl, seconds: float = 2.0, times: int = 1, task: str = "report") -> str:
    """A question whose run takes long; the first so many times that it is worked on."""
    marker = f"slow-{secrets.token_hex(4)}"
    await llm.script(marker, [{"delay_s": seconds}] * times, for_task=task)
    return f"{QUESTION} {LlmControl.marker_text(marker)}"


async def reporting(chat: Chat, run_id: str) -> Frame:
    return await chat.until(
        lambda frame: (
            frame["type"] == "agent_thinking" and frame["run_id"] == run_id and frame["data"]["agent"] == "report"
        )
    )


async def test_question_over_one_instance_is_followed_on_the_other(ada: Person) -> None:
    first, second = await pair(ada)
    client_id = secrets.token_hex(8)
    await first.send("user_message", {"content": QUESTION, "client_message_id": client_id}, ref="mine")
    began = time.monotonic()
    end = await second.answered(client_id)
    assert time.monotonic() - began < 2.5  # sooner than PostgreSQL would be asked
    await first.answered(client_id)
    assert end["type"] == "agent_completed"
    assert shown(stored(first)) == shown(stored(second))
    assert in_order(stored(first))
    assert (await first.acknowledged(client_id))["data"]["ref"] == "mine"
    assert "ref" not in (await second.acknowledged(client_id))["data"]


async def test_messages_of_a_thread_that_alternate_between_instances_keep_their_order(ada: Person) -> None:
    first, second = await pair(ada)
    opening = await first.acknowledged(await first.ask())
    thread = opening["thread_id"]
    asked = [opening["data"]["client_message_id"]]
    for number in range(6):
        chat = (second, first)[number % 2]
        asked.append(await chat.ask(thread_id=thread))
    for client_id in asked:
        for chat in (first, second):
            assert (await chat.answered(client_id))["type"] == "agent_completed"
    assert shown(stored(first)) == shown(stored(second))
    assert in_order(stored(first))
    acks = [frame["run_id"] for frame in stored(first) if frame["type"] == "message_ack"]
    starts = [frame["run_id"] for frame in stored(first) if frame["type"] == "agent_started"]
    assert acks == starts
    running: list[str] = []
    for frame in stored(first):
        if frame["type"] == "agent_started":
            assert running == []
            running.append(frame["run_id"])
        elif frame["type"] in ENDS:
            running.remove(frame["run_id"])


async def test_user_has_four_runs_at_once_over_both_instances(ada: Person, llm: LlmControl) -> None:
    first, second = await pair(ada)
    question = await slow_question(llm, 2.0, times=4, task="triage")
    acks = []
    for number in range(6):
        chat = (first, second)[number % 2]
        thread = (
            await ada.http.post(f"{ada.platform.backend_urls[0]}/api/threads", json={}, headers=ada.headers)
        ).json()
        acks.append(await chat.acknowledged(await chat.ask(question, thread_id=thread["id"])))
    assert [ack["data"]["queued_position"] for ack in acks] == [0, 0, 0, 0, 1, 2]
    for ack in acks:
        end = await first.until(
            lambda frame, ack=ack: frame["type"] in ENDS and frame["run_id"] == ack["run_id"], within_s=15
        )
        assert end["type"] == "agent_completed"


@pytest.mark.parametrize("over", ["socket", "rest"])
async def test_run_of_one_instance_is_stopped_on_the_other(ada: Person, llm: LlmControl, over: str) -> None:
    first, second = await pair(ada)
    run_id = (await first.acknowledged(await first.ask(await slow_question(llm, 6))))["run_id"]
    await reporting(second, run_id)
    began = time.monotonic()
    if over == "socket":
        await second.send("stop_agent", {"run_id": run_id})
    else:
        url = f"{ada.platform.backend_urls[1]}/api/runs/{run_id}/stop"
        assert (await ada.http.post(url, headers=ada.headers)).status_code == 202
    for chat in (first, second):
        await chat.until(lambda frame: frame["type"] == "agent_stopped" and frame["run_id"] == run_id, within_s=2)
    assert time.monotonic() - began < 2
    again = await ada.http.post(f"{ada.platform.backend_urls[1]}/api/runs/{run_id}/stop", headers=ada.headers)
    assert error_of(again) == (409, "RUN_ENDED")
    # the thread goes on, on either instance
    await second.ask(thread_id=first.frames[-1]["thread_id"])
    await first.until(lambda frame: frame["type"] == "agent_completed")
    assert in_order(stored(first))


async def test_waiting_run_is_stopped_on_the_other_instance(ada: Person, llm: LlmControl) -> None:
    first, second = await pair(ada)
    ack = await first.acknowledged(await first.ask(await slow_question(llm, 1.5)))
    waiting = await first.acknowledged(await first.ask(thread_id=ack["thread_id"]))
    assert waiting["data"]["queued_position"] == 1
    await second.send("stop_agent", {"run_id": waiting["run_id"]})
    await first.until(lambda frame: frame["type"] == "agent_stopped" and frame["run_id"] == waiting["run_id"])
    await first.until(lambda frame: frame["type"] == "agent_completed" and frame["run_id"] == ack["run_id"])
    assert [frame["type"] for frame in first.of_run(waiting["run_id"])] == ["message_ack", "agent_stopped"]


async def test_deleted_thread_stops_its_runs_on_the_other_instance(ada: Person, llm: LlmControl) -> None:
    first, _ = await pair(ada)
    ack = await first.acknowledged(await first.ask(await slow_question(llm, 6)))
    await reporting(first, ack["run_id"])
    url = f"{ada.platform.backend_urls[1]}/api/threads/{ack['thread_id']}"
    assert (await ada.http.delete(url, headers=ada.headers)).status_code == 204
    await first.until(lambda frame: frame["type"] == "agent_stopped", within_s=2)


async def test_logout_closes_the_sockets_of_both_instances(ada: Person) -> None:
    first, second = await pair(ada)
    await ada.logout()
    assert [await first.closed(within_s=1), await second.closed(within_s=1)] == [1008, 1008]


async def test_resume_on_the_other_instance_in_mid_run_repeats_nothing(ada: Person) -> None:
    first = await ada.chat(url=ada.platform.ws_urls[0], max_queue=None)
    client_id = await first.ask()
    ack = await first.acknowledged(client_id)
    for _ in range(3):
        second = await ada.chat(url=ada.platform.ws_urls[1], max_queue=None)
        await second.send("resume", {"thread_id": ack["thread_id"], "after_seq": 1})
        complete = await second.until_type("replay_complete")
        last = complete["data"]["last_seq"]
        await first.answered(client_id)
        after = await second.acknowledged(await second.ask(thread_id=ack["thread_id"]))
        await second.until(lambda frame, after=after: frame["type"] in ENDS and frame["run_id"] == after["run_id"])
        at = second.frames.index(complete)
        replayed = [frame["seq"] for frame in second.frames[:at] if frame["data"].get("replayed")]
        assert replayed == list(range(2, last + 1))
        live = [frame["seq"] for frame in second.frames[at:] if "seq" in frame]
        assert live == list(range(last + 1, last + 1 + len(live)))
        client_id = after["data"]["client_message_id"]


async def test_emptied_redis_in_mid_run_loses_and_doubles_nothing(ada: Person, redis: Redis) -> None:
    first, second = await pair(ada)
    client_id = await first.ask()
    for _ in range(5):
        await redis.flushall()
    for chat in (first, second):
        assert (await chat.answered(client_id))["type"] == "agent_completed"
    assert shown(stored(first)) == shown(stored(second))
    assert in_order(stored(second))


async def test_lost_news_are_found_in_postgresql(ada: Person, redis: Redis) -> None:
    first, second = await pair(ada)
    for _ in range(3):
        # every listener loses its connection, and with it what is published until it is back
        client_id = await first.ask()
        await redis.client_kill_filter(_type="pubsub")
        end = await second.answered(client_id)
        assert end["type"] == "agent_completed"
        await first.answered(client_id)
    assert shown(stored(first)) == shown(stored(second))


async def test_lock_of_a_thread_names_its_run_with_the_fence_of_postgresql(
    ada: Person, llm: LlmControl, redis: Redis, db: asyncpg.Connection
) -> None:
    first = await ada.chat()
    ack = await first.acknowledged(await first.ask(await slow_question(llm, 1.0)))
    await reporting(first, ack["run_id"])
    key = f"{ada.platform.redis_prefix}lock:thread:{ack['thread_id']}"
    lock = json.loads(await redis.get(key))
    assert (lock["run_id"], lock["instance"], lock["user_id"]) == (ack["run_id"], "backend-1", ada.user_id)
    assert lock["fence"] == await db.fetchval("SELECT fence FROM runs WHERE id = $1", UUID(ack["run_id"]))
    assert 0 < await redis.pttl(key) <= 5000
    await first.until_type("agent_completed")

    async def free() -> bool | None:
        return None if await redis.exists(key) else True

    await until(free, within_s=2, what="the thread's lock to be freed")

"""The ways in which a run can end, on a real PostgreSQL, with agents that do what the test says."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from goldenpath.polling import until
from sut.agents.interface import Outcome, RunFailed, RunJournal, RunRequest, Step
from sut.backend.client_frames import Question
from sut.backend.delivery import Delivery, write_next_event
from sut.backend.hub import Hub
from sut.backend.intake import Intake, Taken
from sut.backend.job import Job, Story
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.backend.stopping import Stopping
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import new_trace_id
from sut.store import runs
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

RESULT = {"summary": "It was 7.", "findings": [], "recommendations": []}
DATA = Step(1, "data")
Answer = Callable[[RunRequest, RunJournal], Awaitable[Outcome]]


@dataclass
class Listener:
    """A socket that only remembers."""

    identity: Identity
    heard: list[Event] = field(default_factory=list)

    def deliver(self, event: Event, **_added: object) -> None:
        self.heard.append(event)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError((code, reason))


class NoMirror:
    """Redis is away."""

    def announce(self, event: Event) -> None:
        """Forget it."""

    def remember(self, story: Story, turns: list[dict[str, Any]]) -> None:
        """Forget it."""


class Workshop:
    """The part of the backend that takes questions in and answers them."""

    def __init__(self, db: Database, identity: Identity, timeout_s: float = 5) -> None:
        self.db = db
        self.listener = Listener(identity)
        hub = Hub()
        hub.add(self.listener)
        self.delivery = Delivery(db, hub, NoMirror())
        self.answers: dict[str, Answer] = {}
        self.runner = Runner(db, self.delivery, NoMirror(), self._answer, timeout_s)  # type: ignore[arg-type]
        self.scheduler = Scheduler(self.runner.work, self.runner.stopped)
        self.intake = Intake(db, self.delivery, self.scheduler, instance="here", lease_s=60)
        self.stopping = Stopping(db, self.scheduler, self.runner)

    async def ask(self, answer: Answer, **more: Any) -> Taken:
        content = secrets.token_hex(8)
        self.answers[content] = answer
        return await self.intake.take(self.listener.identity, Question(content, None, **more), new_trace_id())

    async def end_of(self, taken: Taken) -> Event:
        async def look() -> Event | None:
            ends = [e for e in self.told(taken) if e.type in ("agent_completed", "agent_error", "agent_stopped")]
            return ends[0] if ends else None

        return await until(look, within_s=5, what="the end of the run")

    def told(self, taken: Taken) -> list[Event]:
        return [event for event in self.listener.heard if event.run_id == taken.ack.run_id]

    async def row(self, taken: Taken) -> dict[str, Any]:
        async with self.db.transaction(None) as conn:
            run = await runs.find(conn, self.listener.identity.user_id, taken.ack.run_id)
            assert run is not None
            return {**run, "steps": await runs.steps(conn, run["id"])}

    async def _answer(self, job: Job, request: RunRequest, journal: RunJournal) -> Outcome:
        return await self.answers[job.content](request, journal)


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = await Database.open(postgres_url, service="test")
    yield database
    await database.close()


@pytest.fixture
async def identity(db: Database) -> Identity:
    user, tenant = new_id(), new_id()
    async with db.transaction(None) as conn:
        await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, 'test')", tenant)
        await conn.execute(
            "INSERT INTO users (id, tenant_id, email) VALUES ($1, $2, $3)", user, tenant, f"{user}@x.test"
        )
    return Identity(user, tenant, new_id(), frozenset({"chat"}), datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def shop(db: Database, identity: Identity) -> Workshop:
    return Workshop(db, identity)


async def good(_request: RunRequest, journal: RunJournal) -> Outcome:
    await journal.started(["data"])
    await journal.thinking(DATA, "I think", 0.5)
    await journal.step_done(DATA, {"found": 7})
    return Outcome(RESULT)


def failing(error: Exception, *, begin: bool = True) -> Answer:
    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        if begin:
            await journal.started(["data", "report"])
            await journal.thinking(DATA, "I think", 0.5)
        raise error

    return answer


async def endless(_request: RunRequest, journal: RunJournal) -> Outcome:
    await journal.started(["data"])
    await journal.thinking(DATA, "I think for ever", 0.5)
    await asyncio.Event().wait()
    raise AssertionError


async def test_good_run(shop: Workshop) -> None:
    taken = await shop.ask(good)
    end = await shop.end_of(taken)
    assert [event.type for event in shop.told(taken)] == [
        "message_ack",
        "agent_started",
        "agent_thinking",
        "agent_completed",
    ]
    assert end.data["result"] == RESULT
    assert end.data["duration_ms"] >= 0
    row = await shop.row(taken)
    assert (row["state"], row["plan"], row["steps"][0]["state"]) == ("completed", ["data"], "done")
    assert row["steps"][0]["result"] == {"found": 7}


async def test_degraded_run_names_what_is_missing(shop: Workshop) -> None:
    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data", "report"])
        await journal.step_done(DATA, {})
        await journal.step_failed(Step(2, "report"), PlatformError("LLM_UNAVAILABLE", "No answer."))
        return Outcome(RESULT, "degraded", ("report",))

    taken = await shop.ask(answer)
    end = await shop.end_of(taken)
    assert (end.type, end.data["status"], end.data["missing"]) == ("agent_completed", "degraded", ["report"])
    row = await shop.row(taken)
    assert (row["state"], row["missing"], row["result"]) == ("degraded", ["report"], RESULT)
    assert [step["state"] for step in row["steps"]] == ["done", "failed"]
    assert row["steps"][1]["error"]["code"] == "LLM_UNAVAILABLE"


@pytest.mark.parametrize(
    ("error", "begin", "code"),
    [
        (RunFailed(PlatformError("DATA_UNAVAILABLE", "No data."), partial_result={"a": 1}), True, "DATA_UNAVAILABLE"),
        (PlatformError("AGENT_UNAVAILABLE", "No agent."), False, "AGENT_UNAVAILABLE"),
    ],
)
async def test_failed_run_says_why(shop: Workshop, error: Exception, begin: bool, code: str) -> None:
    taken = await shop.ask(failing(error, begin=begin))
    end = await shop.end_of(taken)
    assert end.type == "agent_error"
    assert end.data["error"]["code"] == code
    assert end.data["error"]["trace_id"] == taken.ack.trace_id
    assert end.data.get("partial_result") == getattr(error, "partial_result", None)
    row = await shop.row(taken)
    assert (row["state"], row["error"], row["result"]) == (
        "failed",
        end.data["error"],
        end.data.get("partial_result"),
    )
    assert [step["state"] for step in row["steps"]] == (["failed", "skipped"] if begin else [])


async def test_unexpected_error_is_told_and_logged(shop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        taken = await shop.ask(failing(ZeroDivisionError("secret inside")))
        end = await shop.end_of(taken)
    assert end.data["error"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(end.data)
    logged = [record for record in caplog.records if record.name == "sut.backend.runner"]
    assert [record.exc_info is not None for record in logged] == [True]
    assert (await shop.row(taken))["state"] == "failed"


async def test_run_that_takes_too_long(db: Database, identity: Identity) -> None:
    shop = Workshop(db, identity, timeout_s=0.2)
    taken = await shop.ask(endless)
    assert (await shop.end_of(taken)).data["error"]["code"] == "RUN_TIMEOUT"
    assert (await shop.row(taken))["steps"][0]["state"] == "failed"


async def test_timeout_inside_an_agent_is_no_run_timeout(shop: Workshop) -> None:
    taken = await shop.ask(failing(TimeoutError()))
    assert (await shop.end_of(taken)).data["error"]["code"] == "INTERNAL"


async def test_open_tool_call_of_a_stopped_run_is_told_once_as_cancelled(shop: Workshop) -> None:
    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data"])
        await journal.tool_executing(DATA, "t1", "usage_query", {})
        await journal.tool_executing(DATA, "t2", "usage_query", {})
        await journal.tool_completed(DATA, "t2", "usage_query", "ok", {}, 1)
        try:
            await asyncio.Event().wait()
        finally:
            for call in ("t1", "t2"):
                await journal.tool_completed(DATA, call, "usage_query", "cancelled", None, 1)
        raise AssertionError

    taken = await shop.ask(answer)

    async def both_told() -> bool | None:
        return True if [event.type for event in shop.told(taken)].count("tool_completed") == 1 else None

    await until(both_told, within_s=5, what="the first tool's end")
    await shop.stopping.stop(shop.listener.identity, taken.ack.run_id)
    assert (await shop.end_of(taken)).type == "agent_stopped"
    ends = [e.data for e in shop.told(taken) if e.type == "tool_completed"]
    assert [(data["tool_call_id"], data["status"]) for data in ends] == [("t2", "ok"), ("t1", "cancelled")]
    assert (await shop.row(taken))["state"] == "stopped"


async def test_run_that_somebody_else_ended_ends_only_once(shop: Workshop) -> None:
    working, ended = asyncio.Event(), asyncio.Event()

    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data"])
        working.set()
        await ended.wait()
        return Outcome(RESULT)

    taken = await shop.ask(answer)
    ack = taken.ack
    await working.wait()
    story = Story(shop.listener.identity, ack.thread_id, ack.run_id, ack.request_id, ack.trace_id)
    await shop.runner.stopped(Job(story, UUID(ack.data["message_id"]), ack.seq, ""))
    ended.set()

    async def released() -> bool | None:
        return None if shop.scheduler.run_ids else True

    await until(released, within_s=5, what="the end of the work")
    assert [event.type for event in shop.told(taken)] == ["message_ack", "agent_started", "agent_stopped"]
    assert (await shop.row(taken))["state"] == "stopped"


async def test_context_is_what_was_said_before_and_answered_by_now(shop: Workshop) -> None:
    seen: list[tuple[str, ...]] = []

    async def answer(request: RunRequest, journal: RunJournal) -> Outcome:
        seen.append(tuple(turn.role for turn in request.history))
        assert request.content not in [turn.content for turn in request.history]
        return await good(request, journal)

    first = await shop.ask(answer)
    thread = first.ack.thread_id
    # all three are stored before the second one starts
    rest = [await shop.ask(answer, thread_id=thread) for _ in range(2)]
    for taken in (first, *rest):
        await shop.end_of(taken)
    assert seen == [(), ("user", "assistant"), ("user", "assistant", "user", "assistant")]


async def test_frames_of_a_thread_are_sent_in_seq_order_whoever_stores_them(shop: Workshop) -> None:
    taken = await shop.ask(good)
    await shop.end_of(taken)
    ack = taken.ack
    story = Story(shop.listener.identity, ack.thread_id, ack.run_id, ack.request_id, ack.trace_id)

    async def write(conn: Connection) -> Event:
        return await write_next_event(conn, story, "agent_thinking", {})

    await asyncio.gather(*(shop.delivery.store(story, write) for _ in range(60)))
    seqs = [event.seq for event in shop.told(taken)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) == 64


async def test_what_was_stored_is_sent_although_the_storing_task_was_cancelled(shop: Workshop) -> None:
    taken = await shop.ask(good)
    await shop.end_of(taken)
    ack = taken.ack
    story = Story(shop.listener.identity, ack.thread_id, ack.run_id, ack.request_id, ack.trace_id)
    inside = asyncio.Event()

    async def write(conn: Connection) -> Event:
        event = await write_next_event(conn, story, "agent_thinking", {})
        inside.set()
        return event

    task = asyncio.create_task(shop.delivery.store(story, write))
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shop.told(taken)[-1].type == "agent_thinking"


async def test_nothing_is_sent_that_was_not_stored(shop: Workshop) -> None:
    taken = await shop.ask(good)
    end = await shop.end_of(taken)
    story = Story(shop.listener.identity, end.thread_id, end.run_id, end.request_id, end.trace_id)

    async def write(conn: Connection) -> Event:
        await write_next_event(conn, story, "agent_thinking", {})
        raise PlatformError("SERVICE_UNAVAILABLE", "Gone.")

    with pytest.raises(PlatformError):
        await shop.delivery.store(story, write)
    assert shop.told(taken)[-1] == end
    second = await shop.ask(good, thread_id=end.thread_id)
    assert second.ack.seq == end.seq + 1

"""The ways in which a run can end, on a real PostgreSQL, with agents that do what the test says."""

import asyncio
import dataclasses
import json
import logging
from uuid import UUID

import pytest
from workshop import DATA, RESULT, Answer, Workshop, good

from goldenpath.polling import until
from sut.agents.interface import Outcome, RunFailed, RunJournal, RunRequest, Step
from sut.backend.delivery import write_next_event
from sut.backend.job import Job, Story
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store import run_queue, runs, threads
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event


@pytest.fixture
def shop(db: Database, identity: Identity) -> Workshop:
    return Workshop(db, identity)


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
    (fence,) = [job.fence for job in shop.scheduler.jobs]
    await shop.runner.stopped(Job(story, UUID(ack.data["message_id"]), ack.seq, "", fence))
    ended.set()

    async def released() -> bool | None:
        return None if shop.scheduler.jobs else True

    await until(released, within_s=5, what="the end of the work")
    assert [event.type for event in shop.told(taken)] == ["message_ack", "agent_started", "agent_stopped"]
    assert (await shop.row(taken))["state"] == "stopped"


async def test_a_deletion_that_fails_halfway_is_done_by_the_next(
    db: Database, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is hidden, then PostgreSQL goes away before its runs are stopped."""
    answers: dict[str, Answer] = {}
    here, other = [Workshop(db, identity, instance=name, answers=answers) for name in ("here", "other")]
    at_work = await other.ask(endless)
    thread_id = at_work.ack.thread_id
    waits = await other.ask(endless, thread_id=thread_id)
    with monkeypatch.context() as broken:

        async def away(*_arguments: object) -> None:
            raise PlatformError("SERVICE_UNAVAILABLE", "away")

        broken.setattr(run_queue, "take_one", away)
        with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE"):
            await here.stopping.delete_thread(identity, thread_id)
    async with db.transaction(identity) as conn:
        assert await threads.find(conn, identity.user_id, thread_id) is None
    await here.stopping.delete_thread(identity, thread_id)
    async with db.transaction(identity) as conn:
        for taken in (waits, at_work):
            run = await runs.standing(conn, identity.user_id, taken.ack.run_id)
            assert run is not None
            assert run["state"] == "stopped"
    with pytest.raises(PlatformError, match="NOT_FOUND"):
        await here.stopping.delete_thread(identity, thread_id)
    await other.takeover.renew()


async def test_nobody_deletes_a_thread_of_another_user_in_the_same_tenant(shop: Workshop, identity: Identity) -> None:
    taken = await shop.ask(endless)
    stranger = dataclasses.replace(identity, user_id=new_id())
    with pytest.raises(PlatformError, match="NOT_FOUND"):
        await shop.stopping.delete_thread(stranger, taken.ack.thread_id)
    async with shop.db.transaction(None) as conn:  # where no policy hides them
        assert await runs.open_in_thread(conn, stranger.user_id, taken.ack.thread_id) == []
    assert (await shop.row(taken))["ended_at"] is None
    await shop.stopping.stop(identity, taken.ack.run_id)
    await shop.end_of(taken)


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

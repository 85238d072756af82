"""Runs that several instances have to do with: each part of the backend twice, on one real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from isolation_levels import at_every_level
from workshop import DATA, RESULT, Answer, Workshop, good

from goldenpath.polling import until
from sut.agents.interface import JournalClosedError, Outcome, RunJournal, RunRequest
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store import run_queue
from sut.store.postgres import Connection, Database

pytestmark = at_every_level


async def test_instance_that_lost_a_run_can_store_nothing_more_of_it(db: Database, identity: Identity) -> None:
    answers: dict[str, Answer] = {}
    late, other = Workshop(db, identity, instance="late", answers=answers), Workshop(db, identity, answers=answers)
    await other.feed.follow(identity.user_id)
    working, awake, tried = asyncio.Event(), asyncio.Event(), list[str]()

    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data"])
        working.set()
        await awake.wait()
        for name, attempt in (
            ("thinking", journal.thinking(DATA, "I think too late", 0.5)),
            ("executing", journal.tool_executing(DATA, "t", "usage_query", {})),
            ("step", journal.step_done(DATA, {"found": 7})),
        ):
            with pytest.raises(JournalClosedError):
                await attempt
            tried.append(name)
        return Outcome(RESULT)

    taken = await late.ask(answer)
    await working.wait()
    async with db.transaction(identity) as conn:
        claim = await run_queue.take_one(conn, taken.ack.run_id, "other", 60)
    assert claim is not None
    awake.set()

    async def over() -> bool | None:
        return None if late.scheduler.jobs else True

    await until(over, within_s=5, what="the end of the late one's work")
    assert tried == ["thinking", "executing", "step"]
    assert [event.type for event in late.told(taken)] == ["message_ack", "agent_started"]
    row = await late.row(taken)
    assert (row["state"], row["steps"][0]["state"]) == ("running", "pending")
    await other.stopping.stop(identity, taken.ack.run_id)
    await other.feed.look()
    assert [event.type for event in other.told(taken)] == ["message_ack", "agent_started", "agent_stopped"]
    assert (await late.row(taken))["state"] == "stopped"


async def test_commit_whose_end_nobody_saw_is_looked_up_not_repeated(
    db: Database, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Workshop(db, identity)
    transaction, lost = Database.transaction, list[str]()

    @asynccontextmanager
    async def losing(self: Database, who: Identity | None, **more: str | None) -> AsyncIterator[Connection]:
        async with transaction(self, who, **more) as conn:
            yield conn
        if sum(1 for event in shop.listener.heard if event.type == "agent_thinking") == len(lost) < 3:
            lost.append("answer")
            raise PlatformError("SERVICE_UNAVAILABLE", "The connection broke while it was committing.")

    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data"])
        with monkeypatch.context() as patch:
            patch.setattr(Database, "transaction", losing)
            for _ in range(4):
                await journal.thinking(DATA, "I think", 0.5)
        return Outcome(RESULT)

    taken = await shop.ask(answer)
    end = await shop.end_of(taken)
    assert len(lost) == 3
    assert [event.type for event in shop.told(taken)].count("agent_thinking") == 4
    assert end.seq == 7
    assert [event.seq for event in shop.told(taken)] == list(range(1, 8))


async def test_gap_is_read_from_postgresql_and_nothing_is_sent_twice(db: Database, identity: Identity) -> None:
    here, other = Workshop(db, identity), Workshop(db, identity, instance="other")
    await other.feed.follow(identity.user_id)
    taken = await here.ask(good)
    end = await here.end_of(taken)
    # the last one comes first, then the others, late and twice
    other.feed.offer(end)

    async def all_there() -> bool | None:
        return True if len(other.told(taken)) == end.seq else None

    await until(all_there, within_s=5, what="the frames before the last one")
    for event in here.told(taken) * 2:
        other.feed.offer(event)
    await other.feed.look()
    assert [event.id for event in other.told(taken)] == [event.id for event in here.told(taken)]


async def test_waiting_runs_are_begun_by_whoever_ends_one_in_the_order_of_the_acks(
    db: Database, identity: Identity
) -> None:
    answers: dict[str, Answer] = {}
    shops = [Workshop(db, identity, instance=name, answers=answers) for name in ("one", "two")]
    begun, door = list[str](), asyncio.Event()

    async def answer(request: RunRequest, journal: RunJournal) -> Outcome:
        begun.append(str(request.run_id))
        await door.wait()
        return await good(request, journal)

    first = await shops[0].ask(answer)
    rest = [await shops[number % 2].ask(answer, thread_id=first.ack.thread_id) for number in range(1, 6)]
    assert [taken.ack.data["queued_position"] for taken in (first, *rest)] == [0, 1, 2, 3, 4, 5]
    await asyncio.gather(*(shop.takeover.look() for shop in shops))
    assert begun == [str(first.ack.run_id)]
    door.set()

    async def all_begun() -> bool | None:
        return True if len(begun) == 6 and not any(shop.scheduler.jobs for shop in shops) else None

    await until(all_begun, within_s=10, what="the work on all of them")
    assert begun == [str(taken.ack.run_id) for taken in (first, *rest)]


async def test_run_of_a_dead_instance_is_taken_once_and_goes_on_after_its_last_stored_step(
    db: Database, identity: Identity
) -> None:
    answers: dict[str, Answer] = {}
    dead, *living = [Workshop(db, identity, instance=name, answers=answers) for name in ("dead", "one", "two")]
    requests, working = list[RunRequest](), asyncio.Event()

    async def answer(request: RunRequest, journal: RunJournal) -> Outcome:
        requests.append(request)
        await journal.started(["data", "report"])
        if not request.done:
            await journal.step_done(DATA, {"found": 7})
            working.set()
            await asyncio.Event().wait()
        return Outcome(RESULT)

    taken = await dead.ask(answer)
    await working.wait()
    async with db.transaction(None) as conn:
        await conn.execute("UPDATE runs SET lease_until = now() - interval '1 s' WHERE id = $1", taken.ack.run_id)
    await asyncio.gather(*(shop.takeover.look() for shop in living))

    async def over() -> bool | None:
        return True if (await dead.row(taken))["state"] == "completed" else None

    await until(over, within_s=5, what="the end of the run")
    assert [[(step.step, step.result) for step in request.done] for request in requests] == [
        [],
        [(DATA, {"found": 7})],
    ]
    await dead.feed.look()
    await dead.end_of(taken)
    attempts = [event.data["attempt"] for event in dead.told(taken) if event.type == "agent_started"]
    assert attempts == [1, 2]
    await dead.takeover.renew()
    await until(lambda: _none_at_work(dead), within_s=5, what="the dead one's leaving it alone")


async def _none_at_work(shop: Workshop) -> bool | None:
    return None if shop.scheduler.jobs else True

"""What many do at the same moment on two instances, at each isolation level, on one real PostgreSQL."""

import asyncio
from weakref import WeakKeyDictionary

import pytest
from isolation_levels import at_every_level
from workshop import DATA, RESULT, Answer, Workshop, good

from goldenpath.polling import until
from sut.agents.interface import Outcome, RunJournal, RunRequest
from sut.backend.client_frames import Question
from sut.backend.delivery import write_next_event
from sut.backend.job import Story
from sut.backend.replay import Replay
from sut.common import collisions
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import new_trace_id
from sut.store import postgres, run_events, threads
from sut.store.access import act_as
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

pytestmark = at_every_level


class Pair:
    """Two instances whose agents wait for a door to open."""

    def __init__(self, db: Database, identity: Identity) -> None:
        answers: dict[str, Answer] = {}
        self.shops = [Workshop(db, identity, instance=name, answers=answers) for name in ("one", "two")]
        self.door = asyncio.Event()
        self.user_id = identity.user_id

    async def behind_the_door(self, request: RunRequest, journal: RunJournal) -> Outcome:
        await self.door.wait()
        return await good(request, journal)

    async def idle(self) -> bool | None:
        query = "SELECT count(*) FROM runs WHERE user_id = $1 AND ended_at IS NULL"
        rest = await self.shops[0].db.run(None, lambda conn: conn.fetchval(query, self.user_id))
        return None if rest or any(shop.scheduler.jobs for shop in self.shops) else True


@pytest.fixture
def pair(db: Database, identity: Identity) -> Pair:
    return Pair(db, identity)


async def at_work(db: Database, identity: Identity) -> int:
    async with db.transaction(None) as conn:
        number: int = await conn.fetchval(
            "SELECT count(*) FROM runs WHERE user_id = $1 AND instance IS NOT NULL AND ended_at IS NULL",
            identity.user_id,
        )
    return number


async def test_of_many_questions_at_once_four_are_worked_on(db: Database, identity: Identity, pair: Pair) -> None:
    taken = await asyncio.gather(*(pair.shops[n % 2].ask(pair.behind_the_door) for n in range(12)))
    assert sorted(one.ack.data["queued_position"] for one in taken) == [0] * 4 + list(range(1, 9))
    assert await at_work(db, identity) == 4
    await asyncio.gather(*(shop.takeover.look() for shop in pair.shops * 3))
    assert await at_work(db, identity) == 4
    pair.door.set()
    await until(pair.idle, within_s=10, what="the work on all of them")
    for one in taken:
        assert (await pair.shops[0].row(one))["state"] == "completed"


async def test_of_places_that_become_free_each_is_given_once(db: Database, identity: Identity, pair: Pair) -> None:
    taken = [await pair.shops[n % 2].ask(pair.behind_the_door) for n in range(10)]
    async with db.transaction(None) as conn:
        await conn.execute(
            "UPDATE runs SET state = 'stopped', ended_at = now(), lease_until = NULL WHERE id = ANY($1)",
            [one.ack.run_id for one in taken[:3]],
        )
    await asyncio.gather(*(shop.takeover.move_up(identity.user_id) for shop in pair.shops * 4))
    assert await at_work(db, identity) == 4
    pair.door.set()
    await until(pair.idle, within_s=10, what="the work on the others")


async def test_question_that_comes_many_times_at_once_is_stored_once(identity: Identity, pair: Pair) -> None:
    question = Question("Again?", str(new_id()))
    for shop in pair.shops:
        shop.answers[question.content] = good
    taken = await asyncio.gather(*(pair.shops[n % 2].intake.take(identity, question, new_trace_id()) for n in range(8)))
    assert sorted(one.replayed for one in taken) == [False] + [True] * 7
    assert len({one.ack.id for one in taken}) == 1
    await until(pair.idle, within_s=5, what="the one answer")


async def test_frames_of_a_thread_that_both_store_are_numbered_without_gaps(
    db: Database, identity: Identity, pair: Pair
) -> None:
    first = await pair.shops[0].ask(good)
    await until(pair.idle, within_s=5, what="the answer")
    ack = first.ack
    story = Story(identity, ack.thread_id, ack.run_id, ack.request_id, new_trace_id())

    async def write(conn: Connection) -> Event:
        return await write_next_event(conn, story, "agent_thinking", {})

    async def store(shop: Workshop) -> list[int]:
        return [(await shop.delivery.store(story, write)).seq for _ in range(10)]

    told = await asyncio.gather(*(store(shop) for shop in pair.shops))
    async with db.transaction(None) as conn:
        stored = [event.seq for event in await run_events.of_thread(conn, ack.thread_id, 0, 1000, 1000)]
        thread = await threads.find(conn, identity.user_id, ack.thread_id)
    assert thread is not None
    assert stored == list(range(1, thread["last_seq"] + 1))
    assert sorted(told[0] + told[1]) == stored[-20:]


async def test_run_that_both_stop_at_once_ends_once(db: Database, identity: Identity, pair: Pair) -> None:
    taken = await pair.shops[0].ask(pair.behind_the_door)
    await asyncio.gather(*(shop.stopping.stop(identity, taken.ack.run_id) for shop in pair.shops))
    await until(pair.idle, within_s=5, what="its end")
    async with db.transaction(None) as conn:
        kinds = [event.type for event in await run_events.of_run(conn, taken.ack.run_id, 0, 100)]
    assert [kind for kind in kinds if kind != "message_ack"] == ["agent_stopped"]


class Reader:
    """A socket that is replayed to."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.seqs: list[int] = []
        self.said: list[str] = []

    def hold(self, thread_id: object) -> None:
        """Hold nothing back."""

    def let_go(self, thread_id: object, after_seq: int) -> None:
        """Send nothing."""

    async def replay(self, event: Event) -> None:
        self.seqs.append(event.seq)

    def say(self, kind: str, data: object, *, ref: str | None = None) -> None:
        self.said.append(kind)


@pytest.fixture
def three_collisions(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL undoes the first three of each four transactions that one task makes."""
    begun: WeakKeyDictionary[object, int] = WeakKeyDictionary()

    async def collide(conn: Connection, role: str | None, who: Identity | None) -> None:
        await act_as(conn, role, who)
        task = asyncio.current_task()
        begun[task] = begun.get(task, 0) + 1
        if begun[task] % 4:
            await conn.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")

    monkeypatch.setattr(postgres, "act_as", collide)
    monkeypatch.setattr(collisions, "_LONGEST_PAUSE_S", 0.001)


@pytest.mark.usefixtures("three_collisions")
async def test_all_that_a_run_needs_may_collide_three_times(identity: Identity, pair: Pair) -> None:
    here, other = pair.shops

    async def answer(_request: RunRequest, journal: RunJournal) -> Outcome:
        await journal.started(["data"])
        await journal.thinking(DATA, "I think", 0.5)
        await journal.step_failed(DATA, PlatformError("TOOL_FAILED", "broken"))
        await journal.step_done(DATA, {"found": 7})
        return Outcome(RESULT)

    taken = await here.ask(answer)
    end = await here.end_of(taken)
    assert end.type == "agent_completed"
    question = Question("Again?", str(new_id()))
    here.answers[question.content] = good
    asked = [await here.intake.take(identity, question, new_trace_id()) for _ in range(2)]
    assert [one.replayed for one in asked] == [False, True]
    await until(pair.idle, within_s=5, what="its answer: a true collision would be a fourth")
    reader = Reader(identity)
    await Replay(here.db).send(reader, taken.ack.thread_id, 0, None)  # type: ignore[arg-type]
    assert (reader.seqs, reader.said) == (list(range(1, end.seq + 1)), ["replay_complete"])
    slow, waits = await here.ask(pair.behind_the_door), await here.ask(pair.behind_the_door)
    for shop in pair.shops:
        await shop.takeover.look()
        await shop.feed.look()
    await here.takeover.renew()
    await other.stopping.stop(identity, slow.ack.run_id)
    await other.stopping.delete_thread(identity, waits.ack.thread_id)
    await here.takeover.renew()
    await until(pair.idle, within_s=5, what="the ends")
    async with asyncio.timeout(5):
        assert await other.feed.follow(identity.user_id) is None
    with pytest.raises(PlatformError, match="RUN_ENDED"):
        await here.stopping.stop(identity, slow.ack.run_id)

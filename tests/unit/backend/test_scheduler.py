import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from sut.backend.job import Job, Story
from sut.backend.scheduler import AT_ONCE_PER_USER, WAITING_PER_USER, Place, Scheduler
from sut.common.errors import PlatformError
from sut.common.identity import Identity


class Works:
    """Runs that work until the test lets them end."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(self.work, self.stopped)
        self.begun: list[Job] = []
        self.stops: list[Job] = []
        self.doors: dict[UUID, asyncio.Event] = {}

    async def work(self, job: Job) -> None:
        self.begun.append(job)
        await self.doors.setdefault(job.story.run_id, asyncio.Event()).wait()

    async def stopped(self, job: Job) -> None:
        self.stops.append(job)

    def add(self, user: UUID, thread: UUID | None = None) -> tuple[Place, Job]:
        place = self.scheduler.reserve(user, thread or uuid4())
        identity = Identity(user, uuid4(), uuid4(), frozenset(), datetime.now(UTC))
        job = Job(Story(identity, place.thread_id, uuid4(), uuid4(), ""), uuid4(), 1, "")
        self.scheduler.start(place, job)
        return place, job

    async def end(self, job: Job) -> None:
        self.doors.setdefault(job.story.run_id, asyncio.Event()).set()
        await turns()


@pytest.fixture
async def works() -> AsyncIterator[Works]:
    made = Works()
    yield made
    await made.scheduler.drain(0)


async def turns() -> None:
    """Let every task that can go on go on."""
    for _ in range(10):
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(done.set_result, None)
        await done


async def test_one_at_a_time_in_a_thread_in_the_order_of_places(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    placed = [works.add(user, thread) for _ in range(3)]
    await turns()
    assert [place.position for place, _ in placed] == [0, 1, 2]
    for number, (_, job) in enumerate(placed, start=1):
        assert works.begun == [job for _, job in placed[:number]]
        await works.end(job)
    assert works.scheduler.run_ids == []


async def test_some_at_once_per_user_then_a_line_then_refusal(works: Works) -> None:
    user = uuid4()
    placed = [works.add(user) for _ in range(AT_ONCE_PER_USER + WAITING_PER_USER)]
    await turns()
    assert [place.position for place, _ in placed] == [0] * AT_ONCE_PER_USER + list(range(1, WAITING_PER_USER + 1))
    assert len(works.begun) == AT_ONCE_PER_USER
    with pytest.raises(PlatformError) as refused:
        works.scheduler.reserve(user, uuid4())
    assert refused.value.code == "TOO_MANY_RUNS"
    await works.end(placed[2][1])
    assert works.begun[-1] == placed[AT_ONCE_PER_USER][1]
    assert works.scheduler.reserve(user, uuid4()).position == WAITING_PER_USER


async def test_users_do_not_wait_for_each_other(works: Works) -> None:
    for _ in range(AT_ONCE_PER_USER + 1):
        works.add(uuid := uuid4())
        works.add(uuid)
    await turns()
    assert len(works.begun) == 2 * (AT_ONCE_PER_USER + 1)


async def test_busy_thread_does_not_hold_up_other_threads(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    works.add(user, thread)
    works.add(user, thread)
    place, job = works.add(user)
    await turns()
    assert place.position == 0
    assert job in works.begun


async def test_place_that_is_not_stored_yet_keeps_its_turn(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    first = works.scheduler.reserve(user, thread)
    _, second = works.add(user, thread)
    await turns()
    assert works.begun == []
    works.scheduler.release(first)
    await turns()
    assert works.begun == [second]


async def test_waiting_place_whose_turn_came_before_it_was_stored_begins_when_it_is(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    _, first = works.add(user, thread)
    second = works.scheduler.reserve(user, thread)
    await works.end(first)
    assert works.begun == [first]
    identity = Identity(user, uuid4(), uuid4(), frozenset(), datetime.now(UTC))
    job = Job(Story(identity, thread, uuid4(), uuid4(), ""), uuid4(), 2, "")
    works.scheduler.start(second, job)
    await turns()
    assert works.begun == [first, job]


async def test_stop_of_a_run_at_work_and_of_one_that_waits(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    (_, first), (_, second), (_, third) = (works.add(user, thread) for _ in range(3))
    await turns()
    assert works.scheduler.stop(second.story.run_id)
    assert works.scheduler.stop(first.story.run_id)
    assert works.scheduler.stop(first.story.run_id)
    await turns()
    assert works.stops == [second, first]
    assert works.begun == [first, third]
    assert not works.scheduler.stop(first.story.run_id)
    assert works.scheduler.run_ids == [third.story.run_id]


async def test_failure_of_the_work_gives_the_place_back(works: Works, caplog: pytest.LogCaptureFixture) -> None:
    user = uuid4()

    async def broken(_job: Job) -> None:
        raise ValueError

    scheduler = Scheduler(broken, works.stopped)
    place = scheduler.reserve(user, uuid4())
    identity = Identity(user, uuid4(), uuid4(), frozenset(), datetime.now(UTC))
    scheduler.start(place, Job(Story(identity, place.thread_id, uuid4(), uuid4(), ""), uuid4(), 1, ""))
    await turns()
    assert scheduler.run_ids == []
    assert "could not be brought to its end" in caplog.text


async def test_drain_lets_work_finish_and_begins_no_other(works: Works) -> None:
    user, thread = uuid4(), uuid4()
    (_, first), (_, second) = (works.add(user, thread) for _ in range(2))
    await turns()
    draining = asyncio.create_task(works.scheduler.drain(5))
    await turns()
    await works.end(first)
    assert await draining == [second.story.run_id]
    assert works.begun == [first]


async def test_drain_cuts_off_what_does_not_finish(works: Works) -> None:
    _, job = works.add(uuid4())
    await turns()
    assert await works.scheduler.drain(0.01) == [job.story.run_id]
    assert works.stops == []


async def test_drain_is_done_at_once_when_nothing_works(works: Works) -> None:
    assert await works.scheduler.drain(5) == []

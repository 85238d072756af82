import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from sut.backend.job import Job, Story
from sut.backend.scheduler import Scheduler
from sut.common.identity import Identity


class Works:
    """Runs that work until the test lets them end."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(self.work, self.stopped)
        self.scheduler.ended = self.over
        self.begun: list[Job] = []
        self.stops: list[Job] = []
        self.ends: list[Job] = []
        self.doors: dict[UUID, asyncio.Event] = {}

    async def work(self, job: Job) -> None:
        self.begun.append(job)
        await self.doors.setdefault(job.story.run_id, asyncio.Event()).wait()

    async def stopped(self, job: Job) -> None:
        self.stops.append(job)

    async def over(self, job: Job) -> None:
        self.ends.append(job)

    async def end(self, job: Job) -> None:
        self.doors.setdefault(job.story.run_id, asyncio.Event()).set()
        await turns()

    async def begin(self) -> Job:
        job = new_job()
        self.scheduler.begin(job)
        await turns()
        return job


def new_job(run_id: UUID | None = None, fence: int = 1) -> Job:
    identity = Identity(uuid4(), uuid4(), uuid4(), frozenset(), datetime.now(UTC))
    return Job(Story(identity, uuid4(), run_id or uuid4(), uuid4(), ""), uuid4(), 1, "", fence)


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


async def test_run_works_to_its_end_and_that_is_told(works: Works) -> None:
    job = await works.begin()
    assert (works.begun, works.scheduler.running, works.ends) == ([job], 1, [])
    await works.end(job)
    assert (works.scheduler.jobs, works.ends, works.stops) == ([], [job], [])


async def test_stopped_run_is_cut_off_and_told_once(works: Works) -> None:
    job = await works.begin()
    assert works.scheduler.stop(job.story.run_id)
    assert works.scheduler.stop(job.story.run_id)
    await turns()
    assert (works.stops, works.ends, works.scheduler.jobs) == ([job], [job], [])
    assert not works.scheduler.stop(job.story.run_id)


async def test_lost_run_is_cut_off_and_nothing_is_told_of_it(works: Works) -> None:
    job = await works.begin()
    works.scheduler.lose(job.story.run_id)
    await turns()
    assert (works.stops, works.scheduler.jobs) == ([], [])


async def test_run_that_was_lost_and_taken_again_works_once(works: Works) -> None:
    before = await works.begin()
    again = new_job(before.story.run_id, fence=2)
    works.scheduler.begin(again)
    await turns()
    assert works.scheduler.jobs == [again]
    assert works.begun == [before, again]
    assert works.ends == [before]


async def test_failure_of_the_work_ends_the_run_here(caplog: pytest.LogCaptureFixture, works: Works) -> None:
    async def broken(_job: Job) -> None:
        raise ValueError

    scheduler = Scheduler(broken, works.stopped)
    scheduler.begin(new_job())
    await turns()
    assert scheduler.jobs == []
    assert "could not be brought to its end" in caplog.text


async def test_drain_lets_work_finish_and_begins_no_other(works: Works) -> None:
    first = await works.begin()
    draining = asyncio.create_task(works.scheduler.drain(5))
    await turns()
    second = await works.begin()
    await works.end(first)
    assert await draining == [second]
    assert works.begun == [first]


async def test_drain_cuts_off_what_does_not_finish(works: Works) -> None:
    job = await works.begin()
    assert await works.scheduler.drain(0.01) == [job]
    assert (works.stops, works.ends) == ([], [])


async def test_drain_is_done_at_once_when_nothing_works(works: Works) -> None:
    assert await works.scheduler.drain(5) == []

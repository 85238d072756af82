"""The runs that this instance works on, each in a task of its own; who may work is decided in PostgreSQL."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from sut.backend.job import Job
from sut.backend.tasks import end

AT_ONCE_PER_USER = 4
WAITING_PER_USER = 20

_log = logging.getLogger(__name__)
Work = Callable[[Job], Awaitable[None]]


@dataclass(eq=False)
class _Place:
    job: Job
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)
    stop_asked: bool = False
    lost: bool = False


async def _nobody_listens(_job: Job) -> None:
    """Stand for who is told of ends, until there is somebody."""


class Scheduler:
    """The runs at work here.

    Attributes:
        ended: Told of each run that is no longer at work here.
        draining: Whether no other run may begin here.
        waiting: How many runs that were taken in here wait for their turn, as last counted.
    """

    def __init__(self, work: Work, stopped: Work) -> None:
        """Make it.

        Args:
            work: Does a run, from its start to its terminal frame.
            stopped: Ends a run that was stopped before its terminal frame.
        """
        self._work = work
        self._stopped = stopped
        self.ended: Work = _nobody_listens
        self._places: dict[UUID, _Place] = {}
        self.draining = False
        self.waiting = 0

    @property
    def jobs(self) -> list[Job]:
        """The runs that this instance works on."""
        return [place.job for place in self._places.values()]

    @property
    def running(self) -> int:
        """How many runs are at work here."""
        return len(self._places)

    def begin(self, job: Job) -> None:
        """Let a run work.

        Args:
            job: A run that this instance has taken; one that it had before is not begun twice.
        """
        before = self._places.get(job.story.run_id)
        if before is not None:
            self._lose(before)
        place = self._places[job.story.run_id] = _Place(job)
        if not self.draining:
            place.task = asyncio.create_task(self._do(place))

    def stop(self, run_id: UUID) -> bool:
        """Stop a run, because its user wants it.

        Args:
            run_id: The run.

        Returns:
            Whether this instance has it.
        """
        place = self._places.get(run_id)
        if place is None or place.task is None:
            return False
        if not place.stop_asked:
            place.stop_asked = True
            place.task.cancel()
        return True

    def lose(self, run_id: UUID) -> None:
        """Leave a run alone, because another instance has taken it.

        Args:
            run_id: The run.
        """
        place = self._places.get(run_id)
        if place is not None:
            self._lose(place)

    async def drain(self, within_s: float) -> list[Job]:
        """Let the runs at work finish and begin no other.

        Args:
            within_s: Seconds after which the rest is cut off, without a terminal frame.

        Returns:
            The runs that have no end yet.
        """
        self.draining = True
        tasks = [place.task for place in self._places.values() if place.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within_s)
            await end(late)
        return self.jobs

    @staticmethod
    def _lose(place: _Place) -> None:
        if not place.lost:
            place.lost = True
            if place.task is not None:
                place.task.cancel()

    async def _do(self, place: _Place) -> None:
        job = place.job
        try:
            await self._work(job)
        except asyncio.CancelledError:
            if not (place.lost or place.stop_asked):
                raise
            if not place.lost:
                await self._tell_stopped(job)
        except Exception:
            _log.exception("run %s could not be brought to its end", job.story.run_id)
        if self._places.get(job.story.run_id) is place:
            del self._places[job.story.run_id]
        try:
            await self.ended(job)
        except Exception:
            _log.exception("nobody could be told that run %s is over", job.story.run_id)

    async def _tell_stopped(self, job: Job) -> None:
        try:
            await self._stopped(job)
        except Exception:
            _log.exception("run %s could not be stopped in good form", job.story.run_id)

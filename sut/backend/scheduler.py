"""When a run may work: one at a time in a thread, in the order of the acks, and a few side by side per user."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from sut.backend.job import Job
from sut.backend.tasks import end
from sut.common.errors import PlatformError

AT_ONCE_PER_USER = 4
WAITING_PER_USER = 20

_log = logging.getLogger(__name__)
Work = Callable[[Job], Awaitable[None]]


@dataclass(eq=False)
class Place:
    """A run's place: taken before its question is stored, so that the ack can name it.

    Args:
        user_id: Whose run it is.
        thread_id: Its thread.
        position: 0: it starts at once; else its place in the user's line, from 1.
    """

    user_id: UUID
    thread_id: UUID
    position: int = 0
    job: Job | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    stop_asked: bool = False


class Scheduler:
    """The runs of this instance, waiting and at work."""

    def __init__(self, work: Work, stopped: Work) -> None:
        """Make it.

        Args:
            work: Does a run, from its start to its terminal frame.
            stopped: Ends a run that was stopped before its terminal frame.
        """
        self._work = work
        self._stopped = stopped
        self._at_work: defaultdict[UUID, list[Place]] = defaultdict(list)
        self._waiting: defaultdict[UUID, list[Place]] = defaultdict(list)
        self._places: dict[UUID, Place] = {}
        self._draining = False

    @property
    def run_ids(self) -> list[UUID]:
        """The runs that this instance works on or keeps waiting."""
        return list(self._places)

    def reserve(self, user_id: UUID, thread_id: UUID) -> Place:
        """Take a place for a run whose question is about to be stored.

        Args:
            user_id: Whose run it will be.
            thread_id: Its thread.

        Returns:
            The place, for `start` or `release`.

        Raises:
            PlatformError: ``TOO_MANY_RUNS``: the user's line is full.
        """
        place = Place(user_id, thread_id)
        if self._may_work(place):
            self._at_work[user_id].append(place)
            return place
        waiting = self._waiting[user_id]
        if len(waiting) >= WAITING_PER_USER:
            raise PlatformError(
                "TOO_MANY_RUNS",
                f"{len(waiting)} of your questions are waiting already. Ask again when one of them is answered.",
                retry_after_s=5,
            )
        waiting.append(place)
        place.position = len(waiting)
        return place

    def start(self, place: Place, job: Job) -> None:
        """Let a run work as soon as its place allows, now that its question is stored.

        Args:
            place: From `reserve`.
            job: The run.
        """
        place.job = job
        self._places[job.story.run_id] = place
        if place in self._at_work[place.user_id]:
            self._begin(place)

    def release(self, place: Place) -> None:
        """Give a place back, because its run has ended or never came to be.

        Args:
            place: From `reserve`.
        """
        if place.job:
            self._places.pop(place.job.story.run_id, None)
        for line in (self._at_work, self._waiting):
            if place in line[place.user_id]:
                line[place.user_id].remove(place)
            if not line[place.user_id]:
                del line[place.user_id]
        self._move_up(place.user_id)

    def stop(self, run_id: UUID) -> bool:
        """Stop a run: one at work is cancelled, one that waits will never work.

        Args:
            run_id: The run.

        Returns:
            Whether this instance has it.
        """
        place = self._places.get(run_id)
        if place is None or place.job is None:
            return False
        if not place.stop_asked:
            place.stop_asked = True
            if place.task is not None:
                place.task.cancel()
            else:
                place.task = asyncio.create_task(self._stop_waiting(place, place.job))
        return True

    async def drain(self, within_s: float) -> list[UUID]:
        """Let the runs at work finish and begin no other.

        Args:
            within_s: Seconds after which the rest is cut off, without a terminal frame.

        Returns:
            The runs that have no end yet.
        """
        self._draining = True
        tasks = [place.task for place in self._places.values() if place.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within_s)
            await end(late)
        return self.run_ids

    def _may_work(self, place: Place) -> bool:
        at_work = self._at_work.get(place.user_id, [])
        if len(at_work) >= AT_ONCE_PER_USER or any(other.thread_id == place.thread_id for other in at_work):
            return False
        for other in self._waiting.get(place.user_id, []):
            if other is place:
                break
            if other.thread_id == place.thread_id:
                return False
        return True

    def _move_up(self, user_id: UUID) -> None:
        if self._draining:
            return
        for place in list(self._waiting.get(user_id, ())):
            if not place.stop_asked and self._may_work(place):
                self._waiting[user_id].remove(place)
                self._at_work[user_id].append(place)
                if place.job is not None:
                    self._begin(place)
        if not self._waiting.get(user_id):
            self._waiting.pop(user_id, None)

    def _begin(self, place: Place) -> None:
        if place.job is not None and not self._draining:
            place.task = asyncio.create_task(self._do(place, place.job))

    async def _do(self, place: Place, job: Job) -> None:
        try:
            await self._work(job)
        except asyncio.CancelledError:
            if not place.stop_asked:
                raise
            await self._tell_stopped(job)
        except Exception:
            _log.exception("run %s could not be brought to its end", job.story.run_id)
        self.release(place)

    async def _stop_waiting(self, place: Place, job: Job) -> None:
        await self._tell_stopped(job)
        self.release(place)

    async def _tell_stopped(self, job: Job) -> None:
        try:
            await self._stopped(job)
        except Exception:
            _log.exception("run %s could not be stopped in good form", job.story.run_id)

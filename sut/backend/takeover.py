"""Takes runs: those whose turn has come, and those whose instance is gone; and keeps the ones that are at work here."""

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Protocol
from uuid import UUID

from sut.agents.interface import Step, StoredStep
from sut.backend.job import Job, Story
from sut.backend.scheduler import AT_ONCE_PER_USER, Scheduler
from sut.common.collisions import gave_up
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.timing import pause
from sut.store import run_queue
from sut.store.postgres import Connection, Database
from sut.store.run_queue import Claim

# A lease is shorter than the time in which a dead instance's run must go on elsewhere: its end must be noticed.
LEASE_SHARE = 0.7
RENEWALS_PER_LEASE = 4
LONGEST_TICK_S = 1.0
TAKEN_AT_ONCE = 20

_log = logging.getLogger(__name__)


class Locks(Protocol):
    """Where it is shown which run has which thread."""

    def keep(self, job: Job) -> None:
        """Lock a run's thread, or keep it locked."""

    def free(self, job: Job) -> None:
        """Free a run's thread."""


class Takeover:
    """Takes runs for this instance."""

    def __init__(self, db: Database, scheduler: Scheduler, locks: Locks, *, instance: str, run_lease_s: float) -> None:
        """Make it.

        Args:
            db: Where runs are stored.
            scheduler: Works on the runs.
            locks: Shown in Redis.
            instance: This instance.
            run_lease_s: Seconds within which the run of a dead instance goes on.
        """
        self._db = db
        self._scheduler = scheduler
        self._locks = locks
        scheduler.ended = self.ended
        self._instance = instance
        self.lease_s = LEASE_SHARE * run_lease_s
        self._tick_s = min(LONGEST_TICK_S, self.lease_s / RENEWALS_PER_LEASE / 2)
        self._leasing = asyncio.Lock()
        self._given_up = False
        self._renew_at_s = 0.0
        self._trust_leases_from_s = 0.0

    async def begin(self, job: Job) -> None:
        """Work on a run that this instance has taken.

        Args:
            job: The run.
        """
        self._locks.keep(job)
        self._scheduler.begin(job)

    async def ended(self, job: Job) -> None:
        """Let those of a user's waiting runs work whose turn has come.

        Args:
            job: A run of the user that is no longer at work.
        """
        self._locks.free(job)
        await self.move_up(job.story.identity.user_id)

    async def move_up(self, user_id: UUID) -> None:
        """Let those of a user's waiting runs work here whose turn has come; what fails is done at the next look.

        Args:
            user_id: The user.
        """
        if self._scheduler.draining:
            return
        try:
            await self._serve(user_id)
        except PlatformError as error:
            _log.warning("waiting runs cannot be taken yet: %s", error.message)

    async def work(self) -> None:
        """Keep what is at work here, and take what nobody works on, until cancelled."""
        while True:
            try:
                await self.look()
            except PlatformError as error:
                if not gave_up(error):
                    # Others could not renew their leases either: that these run out says nothing for a while.
                    self._trust_leases_from_s = monotonic() + self.lease_s
                _log.warning("runs cannot be looked after: %s", error.message)
            await pause(self._tick_s)

    async def look(self) -> None:
        """Keep what is at work here, and take what nobody works on, once.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """
        if monotonic() >= self._renew_at_s:
            await self.renew()
        if self._scheduler.draining:
            return
        if monotonic() >= self._trust_leases_from_s:
            await self._take_abandoned()
        for user_id in await self._db.run(None, self._users_to_serve):
            await self._serve(user_id)

    async def renew(self) -> None:
        """Renew the leases of the runs at work here, and leave alone those that another instance has taken.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """
        async with self._leasing:
            if self._given_up:
                return
            self._renew_at_s = monotonic() + self.lease_s / RENEWALS_PER_LEASE
            jobs = self._scheduler.jobs
            if not jobs:
                return
            kept = await self._db.run(None, partial(_renew, jobs=jobs, lease_s=self.lease_s))
        still = {job.story.run_id: job.fence for job in self._scheduler.jobs}
        for job in jobs:
            if still.get(job.story.run_id) != job.fence:
                continue  # ended meanwhile
            if job.story.run_id in kept:
                self._locks.keep(job)
            else:
                self._scheduler.lose(job.story.run_id)

    async def give_up(self, jobs: list[Job]) -> None:
        """Leave runs to whoever takes them first; this instance renews no lease any more.

        Args:
            jobs: The runs of this instance that have no end yet.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: they are taken when their leases run out.
        """
        async with self._leasing:
            self._given_up = True
            await self._db.run(None, partial(_renew, jobs=jobs, lease_s=0))
        for job in jobs:
            self._locks.free(job)

    async def _users_to_serve(self, conn: Connection) -> list[UUID]:
        self._scheduler.waiting = await run_queue.count_waiting(conn, self._instance)
        return await run_queue.users_to_serve(conn, AT_ONCE_PER_USER)

    async def _serve(self, user_id: UUID) -> None:
        async def take(conn: Connection) -> list[Claim]:
            claims = await run_queue.take_waiting(conn, user_id, self._instance, self.lease_s, AT_ONCE_PER_USER)
            self._scheduler.waiting = await run_queue.count_waiting(conn, self._instance)
            return claims

        for claim in await self._db.run(None, take, turn=run_queue.turn_of(user_id)):
            await self.begin(_job(claim, ()))

    async def _take_abandoned(self) -> None:
        async def take(conn: Connection) -> list[Job]:
            claims = await run_queue.take_abandoned(conn, self._instance, self.lease_s, TAKEN_AT_ONCE)
            return [_job(claim, await _done(conn, claim)) for claim in claims]

        for job in await self._db.run(None, take):
            _log.warning("run %s is taken over after attempt %d", job.story.run_id, job.attempts)
            await self.begin(job)


async def _renew(conn: Connection, jobs: list[Job], lease_s: float) -> set[UUID]:
    return await run_queue.renew(conn, {job.story.run_id: job.fence for job in jobs}, lease_s)


async def _done(conn: Connection, claim: Claim) -> tuple[StoredStep, ...]:
    rows = await run_queue.done_steps(conn, claim.run_id)
    return tuple(StoredStep(Step(row["step"], row["agent"]), row["result"] or {}) for row in rows)


def _job(claim: Claim, done: tuple[StoredStep, ...]) -> Job:
    # nobody's session asks any more: what the run may read is its user's and its tenant's
    identity = Identity(claim.user_id, claim.tenant_id, UUID(int=0), frozenset(), datetime.min.replace(tzinfo=UTC))
    story = Story(identity, claim.thread_id, claim.run_id, claim.request_id, claim.trace_id)
    return Job(story, claim.message_id, claim.ack_seq, claim.content, claim.fence, claim.attempt, done)

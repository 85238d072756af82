"""Stops runs, for the socket and REST alike, whichever instance works on them."""

from typing import Any
from uuid import UUID

from sut.backend.job import Job, Story
from sut.backend.mirror import Mirror
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.backend.takeover import Takeover
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store import run_events, run_queue, runs, threads
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

# A run may change hands between a look and the stop, but not that often.
_TRIES = 5


class Stopping:
    """Stops runs.

    A run of another instance is taken from it, as from a dead one, and ended here: that works whether that instance
    answers or not, and with Redis or without.
    """

    def __init__(
        self,
        db: Database,
        scheduler: Scheduler,
        runner: Runner,
        takeover: Takeover,
        mirror: Mirror,
        *,
        instance: str,
    ) -> None:
        """Make it.

        Args:
            db: Where runs are stored.
            scheduler: Works on the runs of this instance.
            runner: Brings runs to their ends.
            takeover: Begins what waited for the stopped run.
            mirror: Tells the other instance, so that it does not work in vain.
            instance: This instance.
        """
        self._db = db
        self._scheduler = scheduler
        self._runner = runner
        self._takeover = takeover
        self._mirror = mirror
        self._instance = instance

    async def stop(self, identity: Identity, run_id: UUID) -> None:
        """Stop a run; its ``agent_stopped`` follows.

        Args:
            identity: Who asks.
            run_id: The run.

        Raises:
            PlatformError: ``NOT_FOUND`` for a run that is not the user's; ``RUN_ENDED``.
        """
        run = await self._db.run(identity, lambda conn: runs.find(conn, identity.user_id, run_id))
        if run is None:
            raise PlatformError("NOT_FOUND", "There is no such run.")
        if run["ended_at"] is not None:
            raise PlatformError("RUN_ENDED", f"The run has ended already: {run['state']}.")
        await self._stop(identity, run_id)

    async def delete_thread(self, identity: Identity, thread_id: UUID) -> None:
        """Hide a thread, and stop every run of it that has not ended.

        Args:
            identity: Who asks.
            thread_id: The thread; a hidden one may be named again for as long as a run of it has not ended.

        Raises:
            PlatformError: ``NOT_FOUND`` for a thread that is not the user's; ``SERVICE_UNAVAILABLE``: runs may go on
                until this is done again.
        """

        async def hide(conn: Connection) -> tuple[bool, list[UUID]]:
            hidden = await threads.delete(conn, identity.user_id, thread_id)
            return hidden, await runs.open_in_thread(conn, identity.user_id, thread_id)

        hidden, open_runs = await self._db.run(identity, hide)
        if not (hidden or open_runs):
            raise PlatformError("NOT_FOUND", "There is no such thread.")
        for run_id in open_runs:
            await self._stop(identity, run_id)

    async def _stop(self, identity: Identity, run_id: UUID) -> None:
        for _ in range(_TRIES):
            if self._scheduler.stop(run_id):
                return
            taken = await self._take(identity, run_id)
            if taken is None:
                return
            job, calls = taken
            if await self._runner.stop_taken(job, calls):
                await self._takeover.move_up(identity.user_id)
                return

    async def _take(self, identity: Identity, run_id: UUID) -> tuple[Job, list[Event]] | None:
        """Take a run that nobody works on here; one that waits is nobody's, and is ended as it is."""

        async def take(conn: Connection) -> tuple[dict[str, Any] | None, list[Event]]:
            await run_queue.take_one(conn, run_id, self._instance, self._takeover.lease_s)
            run = await runs.standing(conn, identity.user_id, run_id)
            return run, await run_events.open_calls(conn, run_id)

        run, calls = await self._db.run(identity, take)
        if run is None or run["ended_at"] is not None:
            return None
        self._mirror.taken(run_id)
        story = Story(identity, run["thread_id"], run_id, run["request_id"], run["trace_id"])
        return Job(story, run["message_id"], 0, "", run["fence"]), calls

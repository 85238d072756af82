"""Stops runs, for the socket and REST alike."""

from typing import Any
from uuid import UUID

from sut.backend.job import Job, Story
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store import runs
from sut.store.postgres import Database


class Stopping:
    """Stops runs."""

    def __init__(self, db: Database, scheduler: Scheduler, runner: Runner) -> None:
        self._db = db
        self._scheduler = scheduler
        self._runner = runner

    async def stop(self, identity: Identity, run_id: UUID) -> None:
        """Stop a run; its ``agent_stopped`` follows.

        Args:
            identity: Who asks.
            run_id: The run.

        Raises:
            PlatformError: ``NOT_FOUND`` for a run that is not the user's; ``RUN_ENDED``.
        """
        async with self._db.transaction(identity) as conn:
            run = await runs.find(conn, identity.user_id, run_id)
        if run is None:
            raise PlatformError("NOT_FOUND", "There is no such run.")
        if run["ended_at"] is not None:
            raise PlatformError("RUN_ENDED", f"The run has ended already: {run['state']}.")
        if not self._scheduler.stop(run_id):
            # nobody works on it here, for example after a crash: it is ended as it stands
            await self._runner.stopped(_job(identity, run))

    async def stop_all(self, identity: Identity, thread_id: UUID) -> None:
        """Stop every run of a thread that has not ended.

        Args:
            identity: Whose thread it is.
            thread_id: The thread.
        """
        async with self._db.transaction(identity) as conn:
            open_runs = await runs.open_in_thread(conn, thread_id)
        for run in open_runs:
            if not self._scheduler.stop(run["id"]):
                await self._runner.stopped(_job(identity, run))


def _job(identity: Identity, run: dict[str, Any]) -> Job:
    story = Story(identity, run["thread_id"], run["id"], run["request_id"], run["trace_id"])
    return Job(story, run["message_id"], 0, "")

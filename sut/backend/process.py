"""The backend as a process: warming up after the port has opened, work in the background, stopping in order."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from sut.backend.parts import Parts
from sut.backend.tasks import end
from sut.common.errors import PlatformError
from sut.common.timing import pause
from sut.store import runs

FINISH_RUNS_WITHIN_S = 10.0
RENEWALS_PER_LEASE = 3

_log = logging.getLogger(__name__)


class Process:
    """One backend process, from its warm-up to its end."""

    def __init__(self, app: Starlette, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        self._work: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Warm up: stores, auth service, agents.

        Raises:
            PlatformError: Something that is needed is away; to be called again.
        """
        parts = self._parts
        if not await parts.db.schema_is_current():
            raise PlatformError("NOT_READY", "The database's schema is not current; run python -m sut.migrate.")
        await parts.auth.connect()
        await parts.agents.check()
        self._work = [
            self._background(parts.mirror.work()),
            self._background(parts.revocations.work()),
            self._background(self._renew_leases()),
        ]

    async def drain(self) -> None:
        """Close the sockets, begin nothing new, and let the runs at work finish."""
        self._app.state.ready = False
        for socket in self._parts.hub:
            socket.close(1012, "shutting down, connect again")
        left = await self._parts.scheduler.drain(FINISH_RUNS_WITHIN_S)
        if left:
            _log.warning("%d runs are left for another instance", len(left))
            await _lease(self._parts, left, 0)

    async def close(self) -> None:
        """Close the links to everything."""
        await end(self._work)
        await self._parts.links.close()
        await self._parts.cache.close()
        await self._parts.db.close()

    async def _renew_leases(self) -> None:
        lease_s = self._parts.settings.run_lease_s
        while True:
            await pause(lease_s / RENEWALS_PER_LEASE)
            await _lease(self._parts, self._parts.scheduler.run_ids, lease_s)

    @staticmethod
    def _background(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        task.add_done_callback(_tell_failure)
        return task


async def _lease(parts: Parts, run_ids: list[UUID], lease_s: float) -> None:
    if not run_ids:
        return
    try:
        async with parts.db.transaction(None) as conn:
            await runs.renew_leases(conn, run_ids, parts.settings.instance, lease_s)
    except PlatformError as error:
        _log.warning("leases cannot be renewed: %s", error.message)


def _tell_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("work in the background has ended", exc_info=error)

"""The backend as a process: warming up after the port has opened, work in the background, stopping in order."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from starlette.applications import Starlette

from sut.backend.parts import Parts
from sut.backend.tasks import end
from sut.common.errors import PlatformError

FINISH_RUNS_WITHIN_S = 10.0
NOTIFY_WITHIN_S = 1.0

_log = logging.getLogger(__name__)


class Process:
    """One backend process, from its warm-up to its end."""

    def __init__(self, app: Starlette, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        self._work: list[asyncio.Task[None]] = []
        self._failed = asyncio.Event()

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
            self._background(parts.feed.work()),
            self._background(parts.listening.work()),
            self._background(parts.takeover.work()),
            self._background(parts.auth.work()),
            self._background(parts.notifier.work()),
        ]

    async def failed(self) -> None:
        """Wait until some work in the background has ended that must not: without it promises would be broken."""
        await self._failed.wait()

    async def drain(self) -> None:
        """Close the sockets, begin nothing new, and let the runs at work finish."""
        self._app.state.ready = False
        for socket in self._parts.hub:
            socket.close(1012, "shutting down, connect again")
        left = await self._parts.scheduler.drain(FINISH_RUNS_WITHIN_S)
        if left:
            _log.warning("%d runs are left for another instance", len(left))
            try:
                await self._parts.takeover.give_up(left)
            except PlatformError as error:
                _log.warning("their leases have to run out: %s", error.message)
        await asyncio.gather(self._parts.notifier.drain(NOTIFY_WITHIN_S), self._parts.analytics.drain(NOTIFY_WITHIN_S))

    async def close(self) -> None:
        """Close the links to everything."""
        await end(self._work)
        await self._parts.links.close()
        await self._parts.cache.close()
        await self._parts.db.close()

    def _background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        task.add_done_callback(self._tell_failure)
        return task

    def _tell_failure(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work in the background has ended, and with it this process", exc_info=error)
            self._failed.set()

"""Tells a webhook that a run has ended while its user was not there to see it.

That it has to be told is committed with the end: when this instance dies before it is done, another one tells it.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from sut.backend.hub import Hub
from sut.backend.presence import Presence
from sut.backend.takeover import LEASE_SHARE, LONGEST_TICK_S, RENEWALS_PER_LEASE
from sut.common.errors import PlatformError
from sut.common.timing import pause
from sut.common.trace import trace_id, traceparent
from sut.store import notices
from sut.store.notices import Notice
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

ENDS = ("agent_completed", "agent_error", "agent_stopped")
ANSWER_WITHIN_S = 5.0
RETRY_WAITS_S = (1.0, 2.0, 4.0, 8.0)
TAKEN_AT_ONCE = 20
_STATES = {"agent_error": "failed", "agent_stopped": "stopped"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where it is told.

    Args:
        http: The process's HTTP client.
        url: Takes a POST.
    """

    http: httpx.AsyncClient
    url: str

    async def call(self, body: dict[str, Any]) -> None:
        """Tell it, again when it fails, a few times at most.

        Args:
            body: What is told.
        """
        for wait_s in (*RETRY_WAITS_S, None):
            try:
                answer = await self.http.post(
                    self.url, json=body, headers={"traceparent": traceparent()}, timeout=ANSWER_WITHIN_S
                )
                if answer.is_success:
                    return
                trouble = str(answer.status_code)
            except httpx.HTTPError as error:
                trouble = type(error).__name__
            if wait_s is not None:
                await pause(wait_s)
        _log.warning("nobody could be told of the end of run %s: %s", body["run_id"], trouble)


class Notifier:
    """Watches the ends of this instance's runs, and of those whose instance died before it had told them."""

    def __init__(
        self, db: Database, webhook: Webhook | None, hub: Hub, presence: Presence, *, run_lease_s: float
    ) -> None:
        """Make it.

        Args:
            db: Where it is stored what has to be told.
            webhook: Whom to tell; ``None``: nobody.
            hub: This instance's sockets.
            presence: The sockets of all instances.
            run_lease_s: Seconds within which another instance does what a dead one has left.
        """
        self._db = db
        self._webhook = webhook
        self._hub = hub
        self._presence = presence
        self._lease_s = LEASE_SHARE * run_lease_s
        self._calls: dict[UUID, asyncio.Task[None]] = {}
        self._draining = False

    async def storing(self, conn: Connection, event: Event) -> None:
        """Look at a frame that is being stored: with an end it is stored that it has to be told.

        Args:
            conn: The transaction.
            event: The frame.
        """
        if self._webhook is not None and event.type in ENDS:
            await notices.owe(conn, event.run_id, self._lease_s)

    def saw(self, event: Event) -> None:
        """Look at a frame that this instance has just stored; nobody waits for what comes of it.

        Args:
            event: The frame.
        """
        if self._webhook is not None and event.type in ENDS:
            self._begin(self._webhook, _notice(event))

    async def work(self) -> None:
        """Tell what dead instances have left, and keep what is being told here, until cancelled."""
        while self._webhook is not None:
            try:
                await self._look(self._webhook)
            except PlatformError as error:
                _log.warning("notices cannot be looked after: %s", error.message)
            await pause(min(LONGEST_TICK_S, self._lease_s / RENEWALS_PER_LEASE))

    async def drain(self, within_s: float) -> None:
        """Let the calls that are under way come to their ends; the rest is left to another instance.

        Args:
            within_s: Seconds after which the rest is given up.
        """
        self._draining = True
        if self._calls:
            _, late = await asyncio.wait(self._calls.values(), timeout=within_s)
            for call in late:
                call.cancel()

    async def _look(self, webhook: Webhook) -> None:
        for notice in await self._db.run(None, self._keep_and_take):
            _log.warning("the end of run %s was left untold", notice.run_id)
            self._begin(webhook, notice)

    async def _keep_and_take(self, conn: Connection) -> list[Notice]:
        await notices.renew(conn, self._calls, self._lease_s)
        return [] if self._draining else await notices.take_abandoned(conn, self._lease_s, TAKEN_AT_ONCE)

    def _begin(self, webhook: Webhook, notice: Notice) -> None:
        if notice.run_id in self._calls:
            return  # it could not be renewed for a while, and is being told all the same
        call = asyncio.create_task(self._tell(webhook, notice))
        self._calls[notice.run_id] = call
        call.add_done_callback(lambda _: self._calls.pop(notice.run_id, None))

    async def _tell(self, webhook: Webhook, notice: Notice) -> None:
        trace_id.set(notice.trace_id)
        if not (self._hub.has(notice.user_id) or await self._presence.has(notice.user_id)):
            await webhook.call(
                {
                    "run_id": str(notice.run_id),
                    "thread_id": str(notice.thread_id),
                    "user_id": str(notice.user_id),
                    "state": notice.state,
                    "trace_id": notice.trace_id,
                }
            )
        try:
            await self._db.run(None, lambda conn: notices.done(conn, notice.run_id))
        except PlatformError as error:
            _log.warning("the end of run %s may be told twice: %s", notice.run_id, error.message)


def _notice(event: Event) -> Notice:
    return Notice(
        run_id=event.run_id,
        thread_id=event.thread_id,
        user_id=event.user_id,
        state=_STATES.get(event.type) or event.data["status"],
        trace_id=event.trace_id,
    )

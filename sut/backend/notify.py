"""Tells a webhook that a run has ended while its user was not there to see it."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import httpx

from sut.backend.hub import Hub
from sut.backend.presence import Presence
from sut.common.timing import pause
from sut.common.trace import trace_id, traceparent
from sut.store.run_events import Event

ENDS = ("agent_completed", "agent_error", "agent_stopped")
ANSWER_WITHIN_S = 5.0
RETRY_WAITS_S = (1.0, 2.0, 4.0, 8.0)
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
    """Watches the ends of this instance's runs."""

    def __init__(self, webhook: Webhook | None, hub: Hub, presence: Presence) -> None:
        """Make it.

        Args:
            webhook: Whom to tell; ``None``: nobody.
            hub: This instance's sockets.
            presence: The sockets of all instances.
        """
        self._webhook = webhook
        self._hub = hub
        self._presence = presence
        self._calls: set[asyncio.Task[None]] = set()

    def saw(self, event: Event) -> None:
        """Look at a frame that this instance has just stored; nobody waits for what comes of it.

        Args:
            event: The frame.
        """
        if self._webhook is None or event.type not in ENDS or self._hub.has(event.user_id):
            return
        call = asyncio.create_task(self._tell(self._webhook, event))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def drain(self, within_s: float) -> None:
        """Let the calls that are under way come to their ends.

        Args:
            within_s: Seconds after which the rest is given up.
        """
        if self._calls:
            _, late = await asyncio.wait(self._calls, timeout=within_s)
            for call in late:
                call.cancel()

    async def _tell(self, webhook: Webhook, event: Event) -> None:
        trace_id.set(event.trace_id)
        if await self._presence.has(event.user_id):
            return
        await webhook.call(
            {
                "run_id": str(event.run_id),
                "thread_id": str(event.thread_id),
                "user_id": str(event.user_id),
                "state": _STATES.get(event.type) or event.data["status"],
                "trace_id": event.trace_id,
            }
        )

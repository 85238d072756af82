"""ClickHouse, where there is one: gets each finished run's events, and changes nothing for users when it does not."""

import asyncio
import json
import logging
from typing import Any
from uuid import UUID

import httpx

from sut.common.errors import PlatformError
from sut.common.timing import rfc3339
from sut.store.postgres import Database
from sut.store.run_events import Event

ENDS = ("agent_completed", "agent_error", "agent_stopped")
ANSWER_WITHIN_S = 5.0
TABLE = """
    CREATE TABLE IF NOT EXISTS agent_events (
        event_id UUID, tenant_id UUID, user_id UUID, thread_id UUID, run_id UUID, request_id UUID, seq UInt64,
        type LowCardinality(String), data String, trace_id String, created_at DateTime64(3, 'UTC')
    ) ENGINE = MergeTree ORDER BY (tenant_id, thread_id, seq)
"""
INSERT = "INSERT INTO agent_events FORMAT JSONEachRow"
_EVENTS = """
    SELECT id AS event_id, tenant_id, user_id, thread_id, run_id, request_id, seq, type, data, trace_id, created_at
      FROM run_events WHERE run_id = $1 ORDER BY seq
"""

_log = logging.getLogger(__name__)


class Analytics:
    """Copies the events of finished runs into ClickHouse, over its HTTP interface."""

    def __init__(self, db: Database, http: httpx.AsyncClient, url: str | None) -> None:
        """Make it.

        Args:
            db: Where the events are.
            http: The process's HTTP client.
            url: ``http://[user[:password]@]host:port``; ``None``: there is no ClickHouse.
        """
        self._db = db
        self._http = http
        address = httpx.URL(url or "")
        # apart from each other, so that the address may stand in a log
        self._account = httpx.BasicAuth(address.username, address.password) if address.username else httpx.Auth()
        self._url = address.copy_with(username=None, password=None) if url else None
        self._has_table = False
        self._copies: set[asyncio.Task[None]] = set()

    def saw(self, event: Event) -> None:
        """Look at a frame that has just been stored; nobody waits for what comes of it.

        Args:
            event: The frame.
        """
        if self._url is None or event.type not in ENDS:
            return
        copy = asyncio.create_task(self._copy(self._url, event.run_id))
        self._copies.add(copy)
        copy.add_done_callback(self._copies.discard)

    async def check(self) -> None:
        """See whether ClickHouse answers.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: it does not.
        """
        if self._url is None:
            return
        try:
            answer = await self._http.get(self._url.copy_with(path="/ping"), timeout=ANSWER_WITHIN_S)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise PlatformError("SERVICE_UNAVAILABLE", "ClickHouse does not answer; its events are lost.") from error

    async def drain(self, within_s: float) -> None:
        """Let the copies that are under way come to their ends.

        Args:
            within_s: Seconds after which the rest is given up.
        """
        if self._copies:
            _, late = await asyncio.wait(self._copies, timeout=within_s)
            for copy in late:
                copy.cancel()

    async def _copy(self, url: httpx.URL, run_id: UUID) -> None:
        try:
            events = await self._db.run(None, lambda conn: conn.fetch(_EVENTS, run_id))
            if not self._has_table:
                await self._say(url, TABLE)
                self._has_table = True
            await self._say(url, INSERT, "\n".join(_line(event) for event in events))
        except PlatformError as error:
            _log.warning("the events of run %s are not in ClickHouse: %s", run_id, error.message)
        except httpx.HTTPStatusError as error:
            _log.warning("the events of run %s are not in ClickHouse: %s", run_id, error.response.status_code)
        except httpx.HTTPError as error:
            _log.warning("the events of run %s are not in ClickHouse: %s", run_id, type(error).__name__)

    async def _say(self, url: httpx.URL, statement: str, data: str = "") -> None:
        told = url.copy_merge_params({"query": statement, "date_time_input_format": "best_effort"})
        answer = await self._http.post(told, content=data, auth=self._account, timeout=ANSWER_WITHIN_S)
        answer.raise_for_status()


def _line(event: Any) -> str:
    texts = {name: str(value) for name, value in event.items() if isinstance(value, UUID)}
    return json.dumps({**event, **texts, "data": json.dumps(event["data"]), "created_at": rfc3339(event["created_at"])})

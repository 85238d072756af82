"""The copy of finished runs for ClickHouse.

There is no ClickHouse here: a small HTTP server takes its place, real in all but what it does with the statements. It
shows that they arrive, in the form in which ClickHouse takes them by its documentation, not that ClickHouse likes them.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from store_rows import Rows

from sut.common.errors import PlatformError
from sut.store.analytics import INSERT, Analytics
from sut.store.postgres import Database
from sut.store.run_events import Event, of_thread


@dataclass
class Recorder:
    """What a server was asked, and how it answers."""

    status: int = 200
    requests: list[tuple[str, dict[str, list[str]], dict[str, str], str]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        start, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        target = urlsplit(start.split()[1])
        self.requests.append((target.path, parse_qs(target.query), headers, body))
        writer.write(f"HTTP/1.1 {self.status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    async with listening(recorder.serve) as recorder.port:
        yield recorder


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


async def end_of_run(db: Database, ada: Rows) -> Event:
    """Make the run's stored frame look like its end."""
    async with db.transaction(ada.identity) as conn:
        await conn.execute("UPDATE run_events SET type = 'agent_completed', data = $1", {"text": 'ä "quoted"\n'})
        (event,) = await of_thread(conn, ada.thread_id, 0, 9, 9)
    return event


async def test_a_finished_run_is_copied_once_with_its_events(
    db: Database, ada: Rows, recorder: Recorder, http: httpx.AsyncClient
) -> None:
    analytics = Analytics(db, http, f"http://gp:hunter2@127.0.0.1:{recorder.port}/?database=events")
    event = await end_of_run(db, ada)
    analytics.saw(event)
    await analytics.drain(5)
    analytics.saw(event)
    await analytics.drain(5)
    asked = [request[1]["query"][0] for request in recorder.requests]
    assert [statement.split("(")[0].strip() for statement in asked] == [
        "CREATE TABLE IF NOT EXISTS agent_events",
        INSERT,
        INSERT,
    ]
    _, query, headers, body = recorder.requests[1]
    assert query["database"] == ["events"]
    assert headers["authorization"] == "Basic " + base64.b64encode(b"gp:hunter2").decode()
    (line,) = body.splitlines()
    row: dict[str, Any] = json.loads(line)
    assert json.loads(row["data"]) == event.data
    assert (row["event_id"], row["tenant_id"]) == (str(event.id), str(ada.identity.tenant_id))
    assert (row["seq"], row["type"]) == (event.seq, event.type)


async def test_other_frames_are_not_copied(
    db: Database, ada: Rows, recorder: Recorder, http: httpx.AsyncClient
) -> None:
    analytics = Analytics(db, http, f"http://127.0.0.1:{recorder.port}")
    async with db.transaction(ada.identity) as conn:
        (ack,) = await of_thread(conn, ada.thread_id, 0, 9, 9)
    analytics.saw(ack)
    Analytics(db, http, None).saw(await end_of_run(db, ada))
    await analytics.drain(5)
    assert recorder.requests == []


async def test_failure_and_absence_are_a_line_in_the_log(
    db: Database, ada: Rows, recorder: Recorder, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.status = 500
    for place in (f"127.0.0.1:{recorder.port}", "127.0.0.1:1"):
        analytics = Analytics(db, http, f"http://gp:hunter2@{place}")
        analytics.saw(await end_of_run(db, ada))
        await analytics.drain(5)
        with pytest.raises(PlatformError, match="ClickHouse does not answer"):
            await analytics.check()
    told = [record for record in caplog.records if record.name == "sut.store.analytics"]
    assert [record.levelname for record in told] == ["WARNING", "WARNING"]
    assert "hunter2" not in caplog.text


async def test_health_asks_clickhouse_itself(db: Database, recorder: Recorder, http: httpx.AsyncClient) -> None:
    await Analytics(db, http, f"http://127.0.0.1:{recorder.port}").check()
    assert [request[0] for request in recorder.requests] == ["/ping"]
    await Analytics(db, http, None).check()

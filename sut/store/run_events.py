"""The frames that PostgreSQL keeps: written once, in the transaction that gave them their ``seq``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sut.common.identity import Identity
from sut.store.postgres import Connection

_COLUMNS = "id, user_id, thread_id, run_id, request_id, seq, type, data, trace_id, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A stored frame.

    Args:
        id: The frame's ``event_id``.
        user_id: Whose frame it is.
        thread_id: The thread that it happened in.
        run_id: The run that it tells of.
        request_id: Given by the server to the client frame that asked.
        seq: Its place in the thread, from 1, without gaps.
        type: The frame's type, for example ``agent_started``.
        data: The frame's data.
        trace_id: The trace of the message that asked.
        created_at: The frame's timestamp (UTC, whole milliseconds).
    """

    id: UUID
    user_id: UUID
    thread_id: UUID
    run_id: UUID
    request_id: UUID
    seq: int
    type: str
    data: dict[str, Any]
    trace_id: str
    created_at: datetime


async def add(conn: Connection, identity: Identity, event: Event) -> None:
    """Store a frame.

    Args:
        conn: The transaction that gave the frame its ``seq``.
        identity: Whose frame it is.
        event: The frame.
    """
    await conn.execute(
        "INSERT INTO run_events (id, tenant_id, user_id, thread_id, run_id, request_id, seq, type, data, trace_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        event.id,
        identity.tenant_id,
        identity.user_id,
        event.thread_id,
        event.run_id,
        event.request_id,
        event.seq,
        event.type,
        event.data,
        event.trace_id,
        event.created_at,
    )


async def of_thread(conn: Connection, thread_id: UUID, after_seq: int, up_to: int, limit: int) -> list[Event]:
    """Read a stretch of a thread's frames.

    Args:
        conn: A transaction.
        thread_id: A thread that the caller may read.
        after_seq: The last ``seq`` that is not wanted.
        up_to: The last ``seq`` that is wanted.
        limit: How many at most.

    Returns:
        The frames in ``seq`` order.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM run_events WHERE thread_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",  # noqa: S608
        thread_id,
        after_seq,
        up_to,
        limit,
    )
    return [Event(**row) for row in rows]


async def of_run(conn: Connection, run_id: UUID, after_seq: int, limit: int) -> list[Event]:
    """Read a run's frames, its ``message_ack`` included.

    Args:
        conn: A transaction.
        run_id: A run that the caller may read.
        after_seq: The last ``seq`` that is not wanted.
        limit: How many at most.

    Returns:
        The frames in ``seq`` order.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM run_events WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",  # noqa: S608
        run_id,
        after_seq,
        limit,
    )
    return [Event(**row) for row in rows]


async def is_stored(conn: Connection, event: Event) -> bool:
    """See whether a frame was stored by a transaction whose end nobody saw.

    Args:
        conn: A transaction; it waits for the end of that one, which has locked the thread.
        event: The frame.

    Returns:
        Whether it was.
    """
    await conn.execute("SELECT 1 FROM threads WHERE id = $1 FOR NO KEY UPDATE", event.thread_id)
    return bool(await conn.fetchval("SELECT true FROM run_events WHERE id = $1", event.id))


async def open_calls(conn: Connection, run_id: UUID) -> list[Event]:
    """Find the tool calls of a run's latest attempt whose end was not told.

    Args:
        conn: A transaction.
        run_id: The run.

    Returns:
        The ``tool_executing`` frames, in ``seq`` order.
    """
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM run_events e WHERE run_id = $1 AND type = 'tool_executing'
            AND seq > (SELECT max(seq) FROM run_events WHERE run_id = $1 AND type IN ('message_ack', 'agent_started'))
            AND NOT EXISTS (SELECT 1 FROM run_events d WHERE d.run_id = $1 AND d.type = 'tool_completed'
                AND d.seq > e.seq AND d.data ->> 'tool_call_id' = e.data ->> 'tool_call_id')
            ORDER BY seq""",  # noqa: S608
        run_id,
    )
    return [Event(**row) for row in rows]

"""Threads: one conversation each, and the only source of ``seq`` in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sut.common.identity import Identity
from sut.store.postgres import Connection

_COLUMNS = "id, title, archived, last_seq, created_at, updated_at"
_VISIBLE = "user_id = $1 AND deleted_at IS NULL"


async def add(conn: Connection, identity: Identity, thread_id: UUID, title: str) -> dict[str, Any]:
    """Store a new thread.

    Args:
        conn: A transaction.
        identity: Its owner.
        thread_id: Its id.
        title: What its owner calls it; may be empty, need not be unique.

    Returns:
        The thread.
    """
    row = await conn.fetchrow(
        f"INSERT INTO threads (id, tenant_id, user_id, title) VALUES ($1, $2, $3, $4) RETURNING {_COLUMNS}",  # noqa: S608
        thread_id,
        identity.tenant_id,
        identity.user_id,
        title,
    )
    return dict(row or {})


async def find(conn: Connection, user_id: UUID, thread_id: UUID) -> dict[str, Any] | None:
    """Look up a user's thread.

    Args:
        conn: A transaction.
        user_id: Who asks.
        thread_id: The thread.

    Returns:
        The thread; ``None`` when there is none, when it is deleted, or when it is another user's.
    """
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM threads WHERE {_VISIBLE} AND id = $2",  # noqa: S608
        user_id,
        thread_id,
    )
    return dict(row) if row else None


async def next_seq(conn: Connection, thread_id: UUID) -> int:
    """Take the next ``seq`` of a thread; its row stays locked until the transaction ends.

    Args:
        conn: The transaction that stores the frame.
        thread_id: The thread.

    Returns:
        The number, from 1.
    """
    seq: int = await conn.fetchval(
        "UPDATE threads SET last_seq = last_seq + 1, updated_at = now() WHERE id = $1 RETURNING last_seq", thread_id
    )
    return seq


async def next_seq_for_question(conn: Connection, user_id: UUID, thread_id: UUID) -> int | None:
    """Take the next ``seq`` of a thread for a question of its user; the thread's row stays locked.

    Args:
        conn: The transaction that stores the question.
        user_id: Who asks.
        thread_id: The thread.

    Returns:
        The number, from 1; ``None`` when there is no such thread, when it is deleted, or when it is another user's.
    """
    seq: int | None = await conn.fetchval(
        f"UPDATE threads SET last_seq = last_seq + 1, updated_at = now() WHERE {_VISIBLE} AND id = $2"  # noqa: S608
        " RETURNING last_seq",
        user_id,
        thread_id,
    )
    return seq


async def reached(conn: Connection, user_ids: list[UUID], since: datetime | None) -> list[dict[str, Any]]:
    """Tell how far the threads of some users have come.

    Args:
        conn: A transaction of the system.
        user_ids: The users.
        since: Only threads in which something has happened since; ``None`` for all.

    Returns:
        ``user_id, id, last_seq`` of each thread, the deleted ones too: what still happens in them is told.
    """
    rows = await conn.fetch(
        "SELECT user_id, id, last_seq FROM threads"
        " WHERE user_id = ANY($1) AND ($2::timestamptz IS NULL OR updated_at >= $2)",
        user_ids,
        since,
    )
    return [dict(row) for row in rows]


async def page(
    conn: Connection, user_id: UUID, *, archived: bool, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """List a user's threads, newest first.

    Args:
        conn: A transaction.
        user_id: Who asks.
        archived: The archived ones, or the others.
        before: The last thread of the page before.
        limit: How many at most.

    Returns:
        The threads.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM threads WHERE {_VISIBLE} AND archived = $2 AND ($3::uuid IS NULL OR id < $3)"  # noqa: S608
        " ORDER BY id DESC LIMIT $4",
        user_id,
        archived,
        before,
        limit,
    )
    return [dict(row) for row in rows]


async def change(
    conn: Connection, user_id: UUID, thread_id: UUID, *, title: str | None, archived: bool | None
) -> dict[str, Any] | None:
    """Change a thread; ``None`` leaves a field as it is.

    Args:
        conn: A transaction.
        user_id: Who asks.
        thread_id: The thread.
        title: A new title.
        archived: Whether it leaves the default list.

    Returns:
        The thread as it is now; ``None`` when the user has no such thread.
    """
    row = await conn.fetchrow(
        "UPDATE threads SET title = coalesce($3, title), archived = coalesce($4, archived), updated_at = now()"  # noqa: S608
        f" WHERE {_VISIBLE} AND id = $2 RETURNING {_COLUMNS}",
        user_id,
        thread_id,
        title,
        archived,
    )
    return dict(row) if row else None


async def delete(conn: Connection, user_id: UUID, thread_id: UUID) -> bool:
    """Hide a thread with all that is in it.

    Args:
        conn: A transaction.
        user_id: Who asks.
        thread_id: The thread.

    Returns:
        Whether the user had such a thread.
    """
    row = await conn.fetchrow(
        f"UPDATE threads SET deleted_at = now() WHERE {_VISIBLE} AND id = $2 RETURNING id",  # noqa: S608
        user_id,
        thread_id,
    )
    return row is not None

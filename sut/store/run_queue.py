"""Who works on which run: the line of a user over all instances, leases, and the fence against who was late.

A run waits (``instance`` is NULL), or it is an instance's for as long as its lease. Whoever takes it gets a new fence;
each transaction that stores something of a run checks its own, so who lost a run cannot store anything more.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sut.store.postgres import Connection

_OPEN = "state IN ('queued', 'running')"
_FIRST_OF_ITS_THREAD = (
    f"NOT EXISTS (SELECT 1 FROM runs o WHERE o.thread_id = r.thread_id AND o.ack_seq < r.ack_seq AND o.{_OPEN})"  # noqa: S608
)
_TAKE = """
    WITH fenced AS (
        UPDATE threads SET fence = fence + 1 WHERE id IN (SELECT thread_id FROM runs WHERE id = ANY($1))
        RETURNING id, fence
    )
    UPDATE runs SET instance = $2, lease_until = now() + make_interval(secs => $3), fence = fenced.fence
      FROM fenced, messages m
     WHERE runs.id = ANY($1) AND fenced.id = runs.thread_id AND m.id = runs.message_id
    RETURNING runs.id AS run_id, runs.user_id, runs.tenant_id, runs.thread_id, runs.request_id, runs.message_id,
              runs.ack_seq, m.content, runs.trace_id, runs.fence, runs.attempt
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run that an instance has taken.

    Args:
        run_id: The run.
        user_id: Whose it is.
        tenant_id: Their tenant.
        thread_id: Its thread.
        request_id: Given by the server to the client frame that asked.
        message_id: The question.
        ack_seq: The ``seq`` of its ack.
        content: What was asked.
        trace_id: The question's trace.
        fence: What the taker shows whenever it stores something of the run.
        attempt: How many attempts have begun so far.
    """

    run_id: UUID
    user_id: UUID
    tenant_id: UUID
    thread_id: UUID
    request_id: UUID
    message_id: UUID
    ack_seq: int
    content: str
    trace_id: str
    fence: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Line:
    """A user's runs that have not ended.

    Args:
        at_work: How many an instance works on.
        waiting: How many wait.
        thread_busy: Whether one of them is of the thread in question.
    """

    at_work: int
    waiting: int
    thread_busy: bool


def turn_of(user_id: UUID) -> str:
    """Name the turn in which it is decided who of a user's runs may work: each decision knows those before it.

    Args:
        user_id: The user.

    Returns:
        The name, for `sut.store.postgres.Database`.
    """
    return f"line {user_id}"


async def line_of(conn: Connection, user_id: UUID, thread_id: UUID) -> Line:
    """Count a user's runs that have not ended.

    Args:
        conn: A transaction in the user's turn, see `turn_of`.
        user_id: The user.
        thread_id: The thread of the run that is about to join.

    Returns:
        The counts.
    """
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE instance IS NOT NULL) AS at_work,"  # noqa: S608
        " count(*) FILTER (WHERE instance IS NULL) AS waiting,"
        f" coalesce(bool_or(thread_id = $2), false) AS thread_busy FROM runs WHERE user_id = $1 AND {_OPEN}",
        user_id,
        thread_id,
    )
    return Line(**dict(row or {}))


async def take(conn: Connection, run_ids: list[UUID], instance: str, lease_s: float) -> list[Claim]:
    """Make runs an instance's own, from whoever had them.

    Args:
        conn: A transaction that has locked these rows; no two of the runs are of one thread.
        run_ids: Runs that have not ended.
        instance: The instance.
        lease_s: For how many seconds.

    Returns:
        The runs, in the order in which they were asked.
    """
    rows = await conn.fetch(_TAKE, run_ids, instance, lease_s)
    return [Claim(**row) for row in sorted(rows, key=lambda row: row["run_id"])]


async def take_waiting(conn: Connection, user_id: UUID, instance: str, lease_s: float, at_once: int) -> list[Claim]:
    """Take those of a user's waiting runs that may work by now.

    Args:
        conn: A transaction of the system in the user's turn, see `turn_of`.
        user_id: The user.
        instance: Who takes them.
        lease_s: For how many seconds.
        at_once: How many of the user's runs may be at work.

    Returns:
        The runs, the first of each thread only.
    """
    rows = await conn.fetch(
        "SELECT r.id FROM runs r WHERE r.user_id = $1 AND r.state = 'queued' AND r.instance IS NULL"  # noqa: S608
        f" AND {_FIRST_OF_ITS_THREAD}"
        " ORDER BY r.id"
        f" LIMIT greatest(0, $2 - (SELECT count(*) FROM runs w WHERE w.user_id = $1 AND w.{_OPEN}"
        " AND w.instance IS NOT NULL)) FOR NO KEY UPDATE OF r",
        user_id,
        at_once,
    )
    return await take(conn, [row["id"] for row in rows], instance, lease_s) if rows else []


async def users_to_serve(conn: Connection, at_once: int) -> list[UUID]:
    """Find the users of whom a waiting run may work by now, whoever's task it would have been to begin it.

    Args:
        conn: A transaction of the system.
        at_once: How many runs of a user may be at work.

    Returns:
        The users.
    """
    rows = await conn.fetch(
        "SELECT DISTINCT r.user_id FROM runs r WHERE r.state = 'queued' AND r.instance IS NULL"  # noqa: S608
        f" AND {_FIRST_OF_ITS_THREAD}"
        f" AND (SELECT count(*) FROM runs w WHERE w.user_id = r.user_id AND w.{_OPEN} AND w.instance IS NOT NULL) < $1",
        at_once,
    )
    return [row["user_id"] for row in rows]


async def take_abandoned(conn: Connection, instance: str, lease_s: float, limit: int) -> list[Claim]:
    """Take runs whose lease has run out: the instance that had them is dead, or was away for too long.

    Args:
        conn: A transaction of the system.
        instance: Who takes them.
        lease_s: For how many seconds.
        limit: How many at most.

    Returns:
        The runs.
    """
    rows = await conn.fetch(
        f"SELECT id FROM runs WHERE {_OPEN} AND instance IS NOT NULL AND lease_until < now()"  # noqa: S608
        " ORDER BY lease_until LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED",
        limit,
    )
    return await take(conn, [row["id"] for row in rows], instance, lease_s) if rows else []


async def take_one(conn: Connection, run_id: UUID, instance: str, lease_s: float) -> Claim | None:
    """Take a run from the instance that works on it.

    Args:
        conn: A transaction of the run's user.
        run_id: The run.
        instance: Who takes it.
        lease_s: For how many seconds.

    Returns:
        The run; ``None`` when it has ended, or waits.
    """
    row = await conn.fetchrow(
        f"SELECT id FROM runs WHERE id = $1 AND {_OPEN} AND instance IS NOT NULL FOR NO KEY UPDATE",  # noqa: S608
        run_id,
    )
    return (await take(conn, [run_id], instance, lease_s))[0] if row else None


async def holds(conn: Connection, run_id: UUID, fence: int) -> bool:
    """Check that a run has not ended and is still the asker's; it stays so until the transaction ends.

    Args:
        conn: The transaction that stores something of the run.
        run_id: The run.
        fence: What the asker got when it took the run.

    Returns:
        Whether it is.
    """
    return bool(
        await conn.fetchval(
            f"SELECT true FROM runs WHERE id = $1 AND fence = $2 AND {_OPEN} FOR NO KEY UPDATE",  # noqa: S608
            run_id,
            fence,
        )
    )


async def renew(conn: Connection, held: dict[UUID, int], lease_s: float) -> set[UUID]:
    """Keep runs for a while longer.

    Args:
        conn: A transaction of the system.
        held: Run -> fence.
        lease_s: For how many seconds; 0 gives the runs up to whoever takes them first.

    Returns:
        The runs that are still the asker's.
    """
    rows = await conn.fetch(
        "UPDATE runs SET lease_until = now() + make_interval(secs => $3)"
        " FROM unnest($1::uuid[], $2::bigint[]) AS held (id, fence)"
        " WHERE runs.id = held.id AND runs.fence = held.fence AND runs.state IN ('queued', 'running')"
        " RETURNING runs.id",
        list(held),
        list(held.values()),
        lease_s,
    )
    return {row["id"] for row in rows}


async def count_waiting(conn: Connection, instance: str) -> int:
    """Count the waiting runs that an instance took in.

    Args:
        conn: A transaction of the system.
        instance: The instance.

    Returns:
        How many.
    """
    number: int = await conn.fetchval(
        "SELECT count(*) FROM runs WHERE state = 'queued' AND instance IS NULL AND taken_in_by = $1", instance
    )
    return number


async def done_steps(conn: Connection, run_id: UUID) -> list[dict[str, Any]]:
    """Read what earlier attempts at a run finished.

    Args:
        conn: A transaction.
        run_id: The run.

    Returns:
        ``step, agent, result`` of each step that is done, in plan order.
    """
    rows = await conn.fetch(
        "SELECT step, agent, result FROM run_steps WHERE run_id = $1 AND state = 'done' ORDER BY step", run_id
    )
    return [dict(row) for row in rows]

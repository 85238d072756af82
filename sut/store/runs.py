"""Runs and their steps: the work on one question, from ``queued`` to its end."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store.postgres import Connection

RunState = Literal["queued", "running", "completed", "degraded", "failed", "stopped"]
EndState = Literal["completed", "degraded", "failed", "stopped"]

_COLUMNS = (
    "id, thread_id, message_id, request_id, state, attempt, plan, result, missing, error, trace_id,"
    " created_at, started_at, ended_at"
)
_VISIBLE = "user_id = $1 AND EXISTS (SELECT 1 FROM threads t WHERE t.id = runs.thread_id AND t.deleted_at IS NULL)"
_OPEN = "state IN ('queued', 'running')"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run as it is stored with its question.

    Args:
        id: Its id.
        thread_id: Its thread.
        message_id: The question.
        request_id: Given by the server to the client frame that asked.
        trace_id: The question's trace.
        ack_seq: The ``seq`` of the question's ack.
        taken_in_by: The instance that took the question in.
        at_work: Whether that instance works on it at once; else it waits for whoever takes it.
        lease_s: For how many seconds a run at work is that instance's.
    """

    id: UUID
    thread_id: UUID
    message_id: UUID
    request_id: UUID
    trace_id: str
    ack_seq: int
    taken_in_by: str
    at_work: bool
    lease_s: float


async def add(conn: Connection, identity: Identity, run: NewRun) -> int:
    """Store a queued run.

    Args:
        conn: The transaction that stores its question.
        identity: Whose run it is.
        run: The run.

    Returns:
        Its fence, see `sut.store.run_queue`.
    """
    fence: int = await conn.fetchval(
        "WITH fenced AS (UPDATE threads SET fence = fence + $9::int WHERE id = $4 RETURNING fence)"
        " INSERT INTO runs (id, tenant_id, user_id, thread_id, message_id, request_id, state, trace_id, taken_in_by,"
        " instance, lease_until, ack_seq, fence) SELECT $1, $2, $3, $4, $5, $6, 'queued', $7, $8::text,"
        " CASE $9::int WHEN 1 THEN $8::text END,"
        " CASE $9::int WHEN 1 THEN now() + make_interval(secs => $10) END, $11, fenced.fence FROM fenced"
        " RETURNING fence",
        run.id,
        identity.tenant_id,
        identity.user_id,
        run.thread_id,
        run.message_id,
        run.request_id,
        run.trace_id,
        run.taken_in_by,
        int(run.at_work),
        run.lease_s,
        run.ack_seq,
    )
    return fence


async def begin(conn: Connection, identity: Identity, run_id: UUID, plan: list[str]) -> int | None:
    """Let a run begin, or begin again: it becomes ``running``, its steps ``pending`` but for those that are done.

    Args:
        conn: The transaction that stores ``agent_started``.
        identity: Whose run it is.
        run_id: The run.
        plan: The agents, in their order.

    Returns:
        The number of this attempt, from 1; ``None`` when the run has already ended.
    """
    row = await conn.fetchrow(
        "UPDATE runs SET state = 'running', plan = $2, attempt = attempt + 1, started_at = coalesce(started_at, now())"  # noqa: S608
        f" WHERE id = $1 AND {_OPEN} RETURNING attempt, trace_id",
        run_id,
        plan,
    )
    if row is None:
        return None
    await conn.executemany(
        "INSERT INTO run_steps (id, tenant_id, user_id, run_id, step, attempt, agent, state, trace_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8) ON CONFLICT (run_id, step) DO UPDATE SET"
        " attempt = excluded.attempt, agent = excluded.agent, state = 'pending', result = NULL, error = NULL,"
        " started_at = NULL, ended_at = NULL WHERE run_steps.state <> 'done'",
        [
            (new_id(), identity.tenant_id, identity.user_id, run_id, number, row["attempt"], agent, row["trace_id"])
            for number, agent in enumerate(plan, start=1)
        ],
    )
    attempt: int = row["attempt"]
    return attempt


async def step_running(conn: Connection, run_id: UUID, step: int) -> None:
    """Mark a step as begun.

    Args:
        conn: The transaction that stores the step's first frame.
        run_id: The run.
        step: The step's number.
    """
    await conn.execute(
        "UPDATE run_steps SET state = 'running', started_at = now()"
        " WHERE run_id = $1 AND step = $2 AND state = 'pending'",
        run_id,
        step,
    )


async def step_ended(
    conn: Connection,
    run_id: UUID,
    step: int,
    state: Literal["done", "failed"],
    *,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Write the end of a step.

    Args:
        conn: A transaction.
        run_id: The run.
        step: The step's number.
        state: How it ended.
        result: What it found.
        error: Why it failed.
    """
    await conn.execute(
        "UPDATE run_steps SET state = $3, result = $4, error = $5, started_at = coalesce(started_at, now()),"
        " ended_at = now() WHERE run_id = $1 AND step = $2",
        run_id,
        step,
        state,
        result,
        error,
    )


async def end(
    conn: Connection,
    run_id: UUID,
    state: EndState,
    *,
    result: dict[str, Any] | None = None,
    missing: tuple[str, ...] = (),
    error: dict[str, Any] | None = None,
) -> bool:
    """Write the end of a run; steps that never began become ``skipped``, one that was under way ``failed``.

    Args:
        conn: The transaction that stores the run's terminal frame.
        run_id: The run.
        state: How it ended.
        result: What it found; for a failed run what its finished steps found.
        missing: What a degraded answer lacks.
        error: Why it failed.

    Returns:
        Whether this call ended it; ``False`` when it had ended before.
    """
    row = await conn.fetchrow(
        "UPDATE runs SET state = $2, result = $3, missing = $4, error = $5, ended_at = now(), lease_until = NULL"  # noqa: S608
        f" WHERE id = $1 AND {_OPEN} RETURNING id",
        run_id,
        state,
        result,
        list(missing),
        error,
    )
    if row is None:
        return False
    await conn.execute(
        "UPDATE run_steps SET state = CASE state WHEN 'running' THEN 'failed' ELSE 'skipped' END, ended_at = now()"
        " WHERE run_id = $1 AND state IN ('pending', 'running')",
        run_id,
    )
    return True


async def find(conn: Connection, user_id: UUID, run_id: UUID) -> dict[str, Any] | None:
    """Look up a user's run.

    Args:
        conn: A transaction.
        user_id: Who asks.
        run_id: The run.

    Returns:
        The run; ``None`` when there is none, when its thread is deleted, or when it is another user's.
    """
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM runs WHERE {_VISIBLE} AND id = $2", user_id, run_id)  # noqa: S608
    return dict(row) if row else None


async def steps(conn: Connection, run_id: UUID) -> list[dict[str, Any]]:
    """Read a run's steps, with their results so far.

    Args:
        conn: A transaction.
        run_id: A run that the caller may read.

    Returns:
        The steps in plan order.
    """
    rows = await conn.fetch(
        "SELECT step, agent, state, attempt, result, error, started_at, ended_at FROM run_steps"
        " WHERE run_id = $1 ORDER BY step",
        run_id,
    )
    return [dict(row) for row in rows]


async def page(
    conn: Connection, user_id: UUID, *, state: str | None, thread_id: UUID | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """List a user's runs, newest first.

    Args:
        conn: A transaction.
        user_id: Who asks.
        state: Only runs in this state.
        thread_id: Only runs of this thread.
        before: The last run of the page before.
        limit: How many at most.

    Returns:
        The runs, without their steps.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM runs WHERE {_VISIBLE} AND ($2::text IS NULL OR state = $2)"  # noqa: S608
        " AND ($3::uuid IS NULL OR thread_id = $3) AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        user_id,
        state,
        thread_id,
        before,
        limit,
    )
    return [dict(row) for row in rows]


async def open_in_thread(conn: Connection, user_id: UUID, thread_id: UUID) -> list[UUID]:
    """Find a user's runs of a thread that have not ended, whether the thread is deleted or not.

    Args:
        conn: A transaction.
        user_id: Who asks.
        thread_id: The thread.

    Returns:
        The runs, latest first: the ones that wait before the one that runs.
    """
    rows = await conn.fetch(
        f"SELECT id FROM runs WHERE user_id = $1 AND thread_id = $2 AND {_OPEN} ORDER BY ack_seq DESC",  # noqa: S608
        user_id,
        thread_id,
    )
    return [row["id"] for row in rows]


async def standing(conn: Connection, user_id: UUID, run_id: UUID) -> dict[str, Any] | None:
    """Look up where a user's run stands, whether its thread is deleted or not.

    Args:
        conn: A transaction.
        user_id: Who asks.
        run_id: The run.

    Returns:
        ``thread_id, message_id, request_id, trace_id, state, ended_at, fence, instance``; ``None`` when there is none.
    """
    row = await conn.fetchrow(
        "SELECT thread_id, message_id, request_id, trace_id, state, ended_at, fence, instance FROM runs"
        " WHERE user_id = $1 AND id = $2",
        user_id,
        run_id,
    )
    return dict(row) if row else None

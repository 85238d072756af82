"""The ends of runs that have to be told outside: owed from the commit of the end, each the task of one instance."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sut.store.postgres import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What there is to tell.

    Args:
        run_id: The run that has ended.
        thread_id: Its thread.
        user_id: Whose it is.
        state: How it ended.
        trace_id: Its trace.
    """

    run_id: UUID
    thread_id: UUID
    user_id: UUID
    state: str
    trace_id: str


async def owe(conn: Connection, run_id: UUID, lease_s: float) -> None:
    """Note that the end of a run has to be told.

    Args:
        conn: The transaction that stores the end.
        run_id: The run.
        lease_s: For how many seconds this is the task of the instance that stores it.
    """
    await conn.execute(
        "UPDATE runs SET notice_lease_until = now() + make_interval(secs => $2) WHERE id = $1", run_id, lease_s
    )


async def take_abandoned(conn: Connection, lease_s: float, limit: int) -> list[Notice]:
    """Take notices whose instance died, or was away for too long, before it was done with them.

    Args:
        conn: A transaction of the system.
        lease_s: For how many seconds they are the taker's.
        limit: How many at most.

    Returns:
        The notices.
    """
    rows = await conn.fetch(
        "UPDATE runs SET notice_lease_until = now() + make_interval(secs => $1) WHERE id IN ("
        " SELECT id FROM runs WHERE notice_lease_until < now() ORDER BY notice_lease_until LIMIT $2"
        " FOR NO KEY UPDATE SKIP LOCKED) RETURNING id AS run_id, thread_id, user_id, state, trace_id",
        lease_s,
        limit,
    )
    return [Notice(**row) for row in rows]


async def renew(conn: Connection, run_ids: Iterable[UUID], lease_s: float) -> None:
    """Keep notices for a while longer.

    Args:
        conn: A transaction of the system.
        run_ids: Their runs.
        lease_s: For how many seconds.
    """
    await conn.execute(
        "UPDATE runs SET notice_lease_until = now() + make_interval(secs => $2)"
        " WHERE id = ANY($1) AND notice_lease_until IS NOT NULL",
        list(run_ids),
        lease_s,
    )


async def done(conn: Connection, run_id: UUID) -> None:
    """Note that there is nothing to tell of a run any more.

    Args:
        conn: A transaction of the system.
        run_id: The run.
    """
    await conn.execute("UPDATE runs SET notice_lease_until = NULL WHERE id = $1", run_id)

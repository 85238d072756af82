"""The audit log: who did what that matters for security, and with what outcome."""

from typing import Any, Literal
from uuid import UUID

from sut.common.ids import new_id
from sut.common.trace import current_trace_id
from sut.store.postgres import Connection

Action = Literal["register", "login", "logout", "refresh"]
Outcome = Literal["ok", "failed", "reused"]


async def write(
    conn: Connection,
    action: Action,
    outcome: Outcome,
    *,
    tenant_id: UUID | None = None,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add a row, in the trace of the running request.

    Args:
        conn: The transaction in which it happened.
        action: What was done.
        outcome: How it went.
        tenant_id: The user's tenant, where known.
        user_id: The user, where known.
        session_id: The session, where there is one.
        details: More; no secrets.
    """
    await conn.execute(
        """INSERT INTO audit_log (id, tenant_id, user_id, session_id, action, outcome, trace_id, details)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        new_id(),
        tenant_id,
        user_id,
        session_id,
        action,
        outcome,
        current_trace_id(),
        details or {},
    )

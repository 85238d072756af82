"""The audit log: who did what that matters for security, and with what outcome."""

from typing import Any, Literal
from uuid import UUID

from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import current_trace_id
from sut.store.postgres import Connection

Action = Literal["register", "login", "logout", "refresh", "permission", "admin_read", "admin_user"]
Outcome = Literal["ok", "failed", "reused", "refused"]


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


async def refused_permission(conn: Connection, identity: Identity, permission: str, path: str) -> None:
    """Add that somebody was refused for want of a permission.

    Args:
        conn: A transaction of its own: the refused work is rolled back, this is not.
        identity: Who asked.
        permission: What they lack.
        path: What they asked for.
    """
    await _write_for(conn, "permission", "refused", identity, {"permission": permission, "path": path})


async def admin_read(conn: Connection, identity: Identity, path: str) -> None:
    """Add that an administrator read what is not their own.

    Args:
        conn: The transaction in which it is read.
        identity: Who read.
        path: What they read.
    """
    await _write_for(conn, "admin_read", "ok", identity, {"path": path})


async def _write_for(
    conn: Connection, action: Action, outcome: Outcome, identity: Identity, details: dict[str, Any]
) -> None:
    await write(
        conn,
        action,
        outcome,
        tenant_id=identity.tenant_id,
        user_id=identity.user_id,
        session_id=identity.session_id,
        details=details,
    )

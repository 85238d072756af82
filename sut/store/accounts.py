"""Tenants and users."""

from typing import Any
from uuid import UUID

from sut.common.ids import new_id
from sut.store.postgres import Connection

DEFAULT_PERMISSIONS = ("chat", "history")
_COLUMNS = "id, tenant_id, email, name, permissions, preferences, active, created_at"


async def add_user(conn: Connection, *, email: str, name: str, password_hash: str) -> dict[str, Any] | None:
    """Store a new user with a tenant of their own.

    The unique index on e-mails decides between two that register at once.

    Args:
        conn: A transaction of the system; roll it back when the answer is ``None``.
        email: In lower case.
        name: What to call them; may be empty.
        password_hash: Never the password.

    Returns:
        The user without the hash; ``None`` when the e-mail is taken.
    """
    tenant_id, user_id = new_id(), new_id()
    await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", tenant_id, name or email)
    row = await conn.fetchrow(
        f"""INSERT INTO users (id, tenant_id, email, name, password_hash, permissions)
            VALUES ($1, $2, lower($3), $4, $5, $6)
            ON CONFLICT (email) DO NOTHING
            RETURNING {_COLUMNS}""",  # noqa: S608 - column names of this module
        user_id,
        tenant_id,
        email,
        name,
        password_hash,
        list(DEFAULT_PERMISSIONS),
    )
    return dict(row) if row else None


async def by_email(conn: Connection, email: str) -> dict[str, Any] | None:
    """Look up a user who logs in.

    Args:
        conn: A transaction of the system.
        email: In lower case.

    Returns:
        The user with ``password_hash``; ``None`` when there is none.
    """
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS}, password_hash FROM users WHERE email = lower($1)",  # noqa: S608
        email,
    )
    return dict(row) if row else None


async def by_id(conn: Connection, user_id: UUID) -> dict[str, Any] | None:
    """Look up a user.

    Args:
        conn: A transaction.
        user_id: The user.

    Returns:
        The user without the hash; ``None`` when there is none.
    """
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)  # noqa: S608
    return dict(row) if row else None

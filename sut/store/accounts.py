"""Tenants and users."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sut.common.ids import new_id
from sut.store.postgres import Connection

PERMISSIONS = ("admin", "chat", "history")
DEFAULT_PERMISSIONS = ("chat", "history")
_COLUMNS = "id, tenant_id, email, name, permissions, preferences, active, created_at"


async def add_tenant(conn: Connection, name: str) -> UUID:
    """Store a new tenant.

    Args:
        conn: A transaction of the system.
        name: What to call it.

    Returns:
        Its id.
    """
    tenant_id = new_id()
    await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", tenant_id, name)
    return tenant_id


async def tenant_exists(conn: Connection, tenant_id: UUID) -> bool:
    """Look whether there is a tenant.

    Args:
        conn: A transaction of the system.
        tenant_id: The tenant.

    Returns:
        Whether there is.
    """
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM tenants WHERE id = $1)", tenant_id))


async def add_user(
    conn: Connection,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    tenant_id: UUID | None = None,
    permissions: Sequence[str] = DEFAULT_PERMISSIONS,
) -> dict[str, Any] | None:
    """Store a new user.

    The unique index on e-mails decides between two that register at once.

    Args:
        conn: A transaction of the system; roll it back when the answer is ``None``.
        email: In lower case.
        name: What to call them; may be empty.
        password_hash: Never the password; ``None`` for who signs in through a provider only.
        tenant_id: Their tenant, which exists; without it they get one of their own.
        permissions: What they may do.

    Returns:
        The user without the hash; ``None`` when the e-mail is taken.
    """
    row = await conn.fetchrow(
        f"""INSERT INTO users (id, tenant_id, email, name, password_hash, permissions)
            VALUES ($1, $2, lower($3), $4, $5, $6)
            ON CONFLICT (email) DO NOTHING
            RETURNING {_COLUMNS}""",  # noqa: S608 - column names of this module
        new_id(),
        tenant_id or await add_tenant(conn, name or email),
        email,
        name,
        password_hash,
        list(permissions),
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


def turn_of(user_id: UUID) -> str:
    """Name the turn in which a user's own record is changed, so that changes at once do not collide.

    Args:
        user_id: The user.

    Returns:
        The name, for `sut.store.postgres.Database`.
    """
    return f"account {user_id}"


async def change_preferences(
    conn: Connection, user_id: UUID, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any] | None:
    """Change a user's preferences; who changes them at the same time waits.

    Args:
        conn: A transaction in the user's turn, see `turn_of`.
        user_id: The user.
        change: Makes the new preferences out of the old ones.

    Returns:
        The user without the hash; ``None`` when there is none.
    """
    old = await conn.fetchval("SELECT preferences FROM users WHERE id = $1 FOR UPDATE", user_id)
    if old is None:
        return None
    row = await conn.fetchrow(
        f"UPDATE users SET preferences = $2 WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608
        user_id,
        change(old),
    )
    return dict(row) if row else None


async def of_tenant(conn: Connection, tenant_id: UUID, *, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """List a tenant's users, newest first.

    Args:
        conn: A transaction.
        tenant_id: The tenant.
        before: The last user of the page before.
        limit: How many at most.

    Returns:
        The users, without the hashes of their passwords and without their preferences, which are their own.
    """
    rows = await conn.fetch(
        "SELECT id, tenant_id, email, name, permissions, active, created_at FROM users"
        " WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        tenant_id,
        before,
        limit,
    )
    return [dict(row) for row in rows]

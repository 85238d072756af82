"""Sessions (one login on one device) and the refresh tokens that keep them going."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sut.store.postgres import Connection


async def add(
    conn: Connection, *, session_id: UUID, tenant_id: UUID, user_id: UUID, device: str, access_expires_at: datetime
) -> None:
    """Store a new session.

    Args:
        conn: A transaction of the system.
        session_id: Its id.
        tenant_id: The user's tenant.
        user_id: Whose it is.
        device: What the client calls itself.
        access_expires_at: End of its first access token's life.
    """
    await conn.execute(
        """INSERT INTO sessions (id, tenant_id, user_id, device, access_expires_at) VALUES ($1, $2, $3, $4, $5)""",
        session_id,
        tenant_id,
        user_id,
        device,
        access_expires_at,
    )


async def add_refresh_token(
    conn: Connection, *, token_id: UUID, tenant_id: UUID, user_id: UUID, session_id: UUID, expires_at: datetime
) -> None:
    """Store that a refresh token was issued; the token itself is stored nowhere.

    Args:
        conn: A transaction of the system.
        token_id: Its ``jti``.
        tenant_id: The user's tenant.
        user_id: Whose it is.
        session_id: The session it keeps going.
        expires_at: Its end.
    """
    await conn.execute(
        """INSERT INTO refresh_tokens (id, tenant_id, user_id, session_id, expires_at) VALUES ($1, $2, $3, $4, $5)""",
        token_id,
        tenant_id,
        user_id,
        session_id,
        expires_at,
    )


async def use_refresh_token(conn: Connection, token_id: UUID) -> bool:
    """Use up a refresh token: of all who try, at any time, exactly one succeeds.

    Args:
        conn: A transaction of the system; others who try wait for its end.
        token_id: The token's ``jti``.

    Returns:
        Whether this was its first use.
    """
    row = await conn.fetchrow(
        "UPDATE refresh_tokens SET used_at = now() WHERE id = $1 AND used_at IS NULL RETURNING id", token_id
    )
    return row is not None


async def extend(conn: Connection, session_id: UUID, access_expires_at: datetime) -> None:
    """Store that a session got a newer access token.

    Args:
        conn: A transaction of the system.
        session_id: The session.
        access_expires_at: End of the new token's life.
    """
    await conn.execute(
        """UPDATE sessions SET last_seen_at = now(), access_expires_at = greatest(access_expires_at, $2)
           WHERE id = $1""",
        session_id,
        access_expires_at,
    )


async def find(conn: Connection, session_id: UUID, *, lock: bool = False) -> dict[str, Any] | None:
    """Look up a session and its user's state.

    Args:
        conn: A transaction.
        session_id: The session.
        lock: Whether nobody else may change the session until the transaction's end.

    Returns:
        ``{id, tenant_id, user_id, access_expires_at, revoked_at, revoked_reason, user_active, user_permissions}``;
        ``None`` when there is none.
    """
    row = await conn.fetchrow(
        f"""SELECT s.id, s.tenant_id, s.user_id, s.access_expires_at, s.revoked_at, s.revoked_reason,
                  u.active AS user_active, u.permissions AS user_permissions
           FROM sessions s JOIN users u ON u.id = s.user_id
           WHERE s.id = $1 {"FOR UPDATE OF s" if lock else ""}""",  # noqa: S608 - no text from outside
        session_id,
    )
    return dict(row) if row else None


async def access_expires_at(conn: Connection, session_id: UUID) -> datetime | None:
    """Tell how long a session is authorised, whichever of its access tokens one holds.

    Args:
        conn: A transaction.
        session_id: The session.

    Returns:
        End of its newest access token's life; ``None`` when the session has ended or its user is not active.
    """
    session = await find(conn, session_id)
    if session is None or session["revoked_at"] is not None or not session["user_active"]:
        return None
    expires_at: datetime = session["access_expires_at"]
    return expires_at


async def revoke(conn: Connection, session_id: UUID, reason: str) -> None:
    """End a session; one that has ended keeps its first reason.

    Args:
        conn: A transaction.
        session_id: The session.
        reason: Why.
    """
    await conn.execute(
        """UPDATE sessions SET revoked_at = coalesce(revoked_at, now()), revoked_reason = coalesce(revoked_reason, $2)
           WHERE id = $1""",
        session_id,
        reason,
    )


async def revoke_all(conn: Connection, user_id: UUID, reason: str) -> dict[UUID, datetime]:
    """End all sessions of a user; one that has ended keeps its first reason.

    Args:
        conn: A transaction.
        user_id: The user.
        reason: Why.

    Returns:
        Each session for which an access token may still be about, and the end of that token's life. Sessions that had
        ended earlier are among them, so that a caller who failed to tell Redis can do it again.
    """
    rows = await conn.fetch(
        """UPDATE sessions SET revoked_at = coalesce(revoked_at, now()), revoked_reason = coalesce(revoked_reason, $2)
           WHERE user_id = $1 AND (revoked_at IS NULL OR access_expires_at > now())
           RETURNING id, access_expires_at""",
        user_id,
        reason,
    )
    return {row["id"]: row["access_expires_at"] for row in rows}


async def standing(conn: Connection, user_id: UUID, limit: int) -> list[dict[str, Any]]:
    """List a user's sessions that can still be used: by an access token, or by a refresh token.

    Args:
        conn: A transaction.
        user_id: The user.
        limit: At most so many, the newest.

    Returns:
        ``{id, device, created_at, last_seen_at}`` each, newest first.
    """
    rows = await conn.fetch(
        """SELECT id, device, created_at, last_seen_at FROM sessions s
           WHERE user_id = $1 AND revoked_at IS NULL
             AND (access_expires_at > now() OR EXISTS (
                 SELECT 1 FROM refresh_tokens r
                 WHERE r.session_id = s.id AND r.used_at IS NULL AND r.expires_at > now()))
           ORDER BY id DESC LIMIT $2""",
        user_id,
        limit,
    )
    return [dict(row) for row in rows]

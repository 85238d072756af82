"""Refresh: a refresh token is used once; a second use means that somebody else has it, and ends the session."""

import contextlib
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from sut.auth.grants import Grant, new_grant, store_refresh_token, tell_redis
from sut.auth.service import AuthService
from sut.auth.session_marks import mark_ended
from sut.common.errors import PlatformError
from sut.common.token_check import session_ended
from sut.common.tokens import RefreshClaims
from sut.store import audit, sessions
from sut.store.postgres import Connection

REUSE_REASON = "refresh_reuse"


async def refresh(service: AuthService, refresh_token: str) -> dict[str, Any]:
    """Exchange a refresh token for a new pair of the same session.

    Args:
        service: The service's parts.
        refresh_token: What the client showed.

    Returns:
        The new token pair; permissions are read anew.

    Raises:
        PlatformError: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``; ``SESSION_REVOKED`` for a session that has ended, or ends
            now because the token was used before; ``SERVICE_UNAVAILABLE``.
    """
    claims = service.verifier.verify_refresh(refresh_token)
    granted = await service.db.run(None, partial(_rotate, service=service, claims=claims))
    if not isinstance(granted, Grant):
        # with Redis away, services ask PostgreSQL, which knows
        with contextlib.suppress(RedisError):
            await mark_ended(service.cache, granted, REUSE_REASON)
        raise PlatformError(
            "SESSION_REVOKED", "This refresh token was used before, so the session has been ended; log in again."
        )
    await tell_redis(service, granted)
    return granted.answer()


async def _rotate(conn: Connection, service: AuthService, claims: RefreshClaims) -> Grant | dict[UUID, datetime]:
    """Give a new pair, or the session that has been ended because the token was used before."""
    session = await sessions.find(conn, claims.identity.session_id, lock=True)
    if session is None or session["revoked_at"] is not None or not session["user_active"]:
        raise session_ended()
    if not await sessions.use_refresh_token(conn, claims.token_id):
        await _end_after_reuse(conn, claims)
        return {session["id"]: session["access_expires_at"]}
    grant = new_grant(service, session["user_id"], session["tenant_id"], session["id"], session["user_permissions"])
    await store_refresh_token(conn, grant)
    await sessions.extend(conn, grant.session_id, grant.access.expires_at)
    return grant


async def _end_after_reuse(conn: Connection, claims: RefreshClaims) -> None:
    identity = claims.identity
    await sessions.revoke(conn, identity.session_id, REUSE_REASON)
    await audit.write(
        conn,
        "refresh",
        "reused",
        tenant_id=identity.tenant_id,
        user_id=identity.user_id,
        session_id=identity.session_id,
        details={"token_id": str(claims.token_id)},
    )

"""Logout: a session ends when PostgreSQL and Redis both know."""

import logging
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from sut.auth.service import AuthService
from sut.auth.session_marks import is_marked_ended, mark_ended
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.token_check import session_ended
from sut.store import audit, sessions
from sut.store.postgres import Connection

_log = logging.getLogger(__name__)

LOGOUT_REASON = "logout"


async def log_out(service: AuthService, access_token: str, *, all_devices: bool) -> None:
    """End a session, or all sessions of its user.

    A logout that was told 503 may be tried again with the same token: it is refused only once both stores know.

    Args:
        service: The service's parts.
        access_token: Names the session.
        all_devices: Whether all sessions of the user end.

    Raises:
        PlatformError: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``, ``SESSION_REVOKED``; ``SERVICE_UNAVAILABLE`` when a store
            does not know of it: then it is not done.
    """
    identity = service.verifier.verify(access_token)
    try:
        if await is_marked_ended(service.cache, identity.session_id):
            raise session_ended()
    except RedisError:
        _log.warning("Redis is away at a logout.")
    end = partial(_end_in_postgres, identity=identity, all_devices=all_devices)
    await _end_in_redis(service, await service.db.run(identity, end))


async def end_device(service: AuthService, identity: Identity, session_id: UUID) -> None:
    """End one of a user's sessions; one that has ended already stays so.

    Args:
        service: The service's parts.
        identity: Whose sessions they are.
        session_id: The session to end.

    Raises:
        PlatformError: ``NOT_FOUND`` for a session that is not there, or another's; ``SERVICE_UNAVAILABLE`` when a store
            does not know of the end: then it may be tried again.
    """

    async def end(conn: Connection) -> dict[UUID, datetime]:
        session = await sessions.find(conn, session_id, lock=True)
        if session is None or session["user_id"] != identity.user_id:
            raise PlatformError("NOT_FOUND", "There is no such session.")
        await sessions.revoke(conn, session_id, LOGOUT_REASON)
        await _write_logout(conn, identity, session_id, {"by_session": str(identity.session_id)})
        return {session_id: session["access_expires_at"]}

    await _end_in_redis(service, await service.db.run(identity, end))


async def _end_in_redis(service: AuthService, ended: dict[UUID, datetime]) -> None:
    try:
        await mark_ended(service.cache, ended, LOGOUT_REASON)
    except RedisError as error:
        raise PlatformError(
            "SERVICE_UNAVAILABLE", "The logout is not known everywhere yet; try again shortly.", retry_after_s=1
        ) from error


async def _end_in_postgres(conn: Connection, identity: Identity, *, all_devices: bool) -> dict[UUID, datetime]:
    session = await sessions.find(conn, identity.session_id, lock=True)
    if session is None or not session["user_active"]:
        raise session_ended()
    if session["revoked_reason"] not in (None, LOGOUT_REASON):
        raise session_ended()
    if all_devices:
        ended = await sessions.revoke_all(conn, identity.user_id, LOGOUT_REASON)
    else:
        await sessions.revoke(conn, identity.session_id, LOGOUT_REASON)
        ended = {identity.session_id: session["access_expires_at"]}
    await _write_logout(conn, identity, identity.session_id, {"all_devices": all_devices})
    return ended


async def _write_logout(conn: Connection, identity: Identity, session_id: UUID, details: dict[str, Any]) -> None:
    await audit.write(
        conn,
        "logout",
        "ok",
        tenant_id=identity.tenant_id,
        user_id=identity.user_id,
        session_id=session_id,
        details=details,
    )

"""The authority on sessions: what PostgreSQL says about a token's session."""

import contextlib
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError

from sut.auth.session_marks import mark_standing
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.timing import rfc3339
from sut.common.tokens import TokenVerifier
from sut.store import sessions
from sut.store.postgres import Database
from sut.store.redis import Cache


class SessionAuthority:
    """Answers whether a session stands, and lets Redis know when it does.

    Args:
        verifier: Reads tokens.
        db: PostgreSQL.
        cache: Redis.
    """

    def __init__(self, verifier: TokenVerifier, db: Database, cache: Cache) -> None:
        self._verifier = verifier
        self._db = db
        self._cache = cache

    async def why_refused(self, token: str) -> str | None:
        """Judge one access token.

        Args:
            token: The token.

        Returns:
            ``None`` when it is good, else ``expired``, ``not_accepted``, ``unknown_session``, ``revoked`` or
            ``inactive_user``.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: PostgreSQL is away.
        """
        judged = await self._judge(token)
        return judged if isinstance(judged, str) else None

    async def verdict(self, token: str) -> dict[str, Any]:
        """Judge one access token for another service.

        Args:
            token: The token.

        Returns:
            ``{valid: true, user_id, session_id, tenant_id, permissions, expires_at}`` or ``{valid: false, reason}``.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: PostgreSQL is away.
        """
        judged = await self._judge(token)
        if isinstance(judged, str):
            return {"valid": False, "reason": judged}
        return {
            "valid": True,
            "user_id": str(judged.user_id),
            "session_id": str(judged.session_id),
            "tenant_id": str(judged.tenant_id),
            "permissions": sorted(judged.permissions),
            "expires_at": rfc3339(judged.expires_at),
        }

    async def _judge(self, token: str) -> Identity | str:
        """Give who the token names, or why it is refused."""
        try:
            identity = self._verifier.verify(token)
        except PlatformError as error:
            return "expired" if error.code == "TOKEN_EXPIRED" else "not_accepted"
        seen_at = datetime.now(UTC)
        session = await self._db.run(identity, lambda conn: sessions.find(conn, identity.session_id))
        if session is None or session["user_id"] != identity.user_id:
            return "unknown_session"
        if session["revoked_at"] is not None:
            return "revoked"
        if not session["user_active"]:
            return "inactive_user"
        with contextlib.suppress(RedisError):
            await mark_standing(
                self._cache, identity.session_id, identity.user_id, session["access_expires_at"], seen_at=seen_at
            )
        return identity

"""A pair of tokens for one session: made, stored, told to Redis, answered."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from sut.auth.service import AuthService
from sut.auth.session_marks import mark_standing
from sut.common.tokens import IssuedToken
from sut.store import sessions
from sut.store.postgres import Connection


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user gets who registers, logs in, or refreshes."""

    user_id: UUID
    tenant_id: UUID
    session_id: UUID
    access: IssuedToken
    refresh: IssuedToken

    def answer(self) -> dict[str, Any]:
        """Write the pair as it stands in an answer.

        Returns:
            ``{access_token, refresh_token, token_type, expires_in}``, the last in seconds.
        """
        return {
            "access_token": self.access.text,
            "refresh_token": self.refresh.text,
            "token_type": "Bearer",
            "expires_in": self.access.life_s,
        }


def new_grant(
    service: AuthService, user_id: UUID, tenant_id: UUID, session_id: UUID, permissions: Iterable[str]
) -> Grant:
    """Make a pair of tokens.

    Args:
        service: The service's parts.
        user_id: Whose they are.
        tenant_id: Their tenant.
        session_id: The session they belong to.
        permissions: What they allow.

    Returns:
        The pair, stored nowhere yet.
    """
    allowed = list(permissions)
    return Grant(
        user_id=user_id,
        tenant_id=tenant_id,
        session_id=session_id,
        access=service.issuer.access(user_id, tenant_id, session_id, allowed),
        refresh=service.issuer.refresh(user_id, tenant_id, session_id, allowed),
    )


async def store_refresh_token(conn: Connection, grant: Grant) -> None:
    """Store that the pair's refresh token may be used, once.

    Args:
        conn: The transaction in which the pair is granted.
        grant: The pair.
    """
    await sessions.add_refresh_token(
        conn,
        token_id=grant.refresh.token_id,
        tenant_id=grant.tenant_id,
        user_id=grant.user_id,
        session_id=grant.session_id,
        expires_at=grant.refresh.expires_at,
    )


async def tell_redis(service: AuthService, grant: Grant) -> None:
    """Spare the first request the question to PostgreSQL; with Redis away, it will be asked.

    Args:
        service: The service's parts.
        grant: The pair, committed.
    """
    with contextlib.suppress(RedisError):
        access = grant.access
        issued_at = access.expires_at - timedelta(seconds=access.life_s)
        await mark_standing(service.cache, grant.session_id, grant.user_id, access.expires_at, seen_at=issued_at)

"""Logins through a provider: those that are under way, and whom a provider knows."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sut.store.postgres import Connection

_REMOVED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """What must be known again when a user comes back from a provider.

    Args:
        provider: The provider's name.
        code_verifier: Proves to the provider that who began the login ends it (PKCE).
        nonce: Stands in the provider's answer, which so belongs to this login.
    """

    provider: str
    code_verifier: str = field(repr=False)
    nonce: str = field(repr=False)


async def begin(conn: Connection, state: str, login: PendingLogin, life: timedelta) -> None:
    """Store a login that is sent to a provider, and remove some that never came back.

    Args:
        conn: A transaction of the system.
        state: Names the login; only its digest is stored.
        login: What to know again.
        life: How long it may stay away.
    """
    await conn.execute(
        """INSERT INTO oauth_logins (state_digest, provider, code_verifier, nonce, expires_at)
           VALUES ($1, $2, $3, $4, now() + $5::interval)""",
        _digest(state),
        login.provider,
        login.code_verifier,
        login.nonce,
        life,
    )
    await conn.execute(
        """DELETE FROM oauth_logins WHERE state_digest IN (
               SELECT state_digest FROM oauth_logins WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)""",
        _REMOVED_AT_ONCE,
    )


async def take(conn: Connection, state: str) -> PendingLogin | None:
    """Take a login that comes back: of all who try, at any time, exactly one gets it.

    Args:
        conn: A transaction of the system.
        state: What the provider handed back.

    Returns:
        The login; ``None`` for an unknown, used or expired state.
    """
    row = await conn.fetchrow(
        """DELETE FROM oauth_logins WHERE state_digest = $1
           RETURNING provider, code_verifier, nonce, expires_at > now() AS in_time""",
        _digest(state),
    )
    if row is None or not row["in_time"]:
        return None
    return PendingLogin(row["provider"], row["code_verifier"], row["nonce"])


async def user_known_as(conn: Connection, issuer: str, subject: str) -> UUID | None:
    """Find the account of a provider's user.

    Args:
        conn: A transaction of the system.
        issuer: The provider.
        subject: What it calls the user, for ever.

    Returns:
        The account's user; ``None`` when this provider's user was never here.
    """
    user_id: UUID | None = await conn.fetchval(
        "SELECT user_id FROM user_identities WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return user_id


async def link(conn: Connection, issuer: str, subject: str, user: dict[str, Any]) -> None:
    """Store that a provider's user is the user of an account.

    Args:
        conn: A transaction of the system.
        issuer: The provider.
        subject: What it calls the user.
        user: The account's user.
    """
    await conn.execute(
        """INSERT INTO user_identities (issuer, subject, tenant_id, user_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (issuer, subject) DO NOTHING""",
        issuer,
        subject,
        user["tenant_id"],
        user["id"],
    )


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()

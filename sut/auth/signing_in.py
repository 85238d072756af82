"""Registration and login: how a session begins."""

import re
from dataclasses import dataclass
from typing import Any

from sut.auth.grants import Grant, new_grant, store_refresh_token, tell_redis
from sut.auth.passwords import require_strong
from sut.auth.service import AuthService
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.store import accounts, audit, login_failures, sessions
from sut.store.postgres import Connection

MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[^@\s\x00-\x20\x7f]+@[^@\s.\x00-\x20\x7f]+(\.[^@\s.\x00-\x20\x7f]+)+")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user who has proven who they are, and the tokens of their new session."""

    user: dict[str, Any]
    grant: Grant


def normal_email(text: str) -> str:
    """Bring an e-mail address into the form in which addresses are compared.

    Args:
        text: What the user typed.

    Returns:
        The address in lower case.

    Raises:
        PlatformError: ``INVALID_INPUT``: it is no e-mail address.
    """
    email = text.strip().lower()
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise PlatformError(
            "INVALID_INPUT", "email must be an address like name@example.com.", details={"fields": ["email"]}
        )
    return email


async def register(service: AuthService, *, email: str, password: str, name: str, device: str) -> dict[str, Any]:
    """Make an account with a tenant of its own, and its first session.

    Args:
        service: The service's parts.
        email: The user's address, in any case.
        password: The user's password.
        name: What to call them.
        device: What the client calls itself.

    Returns:
        The token pair with ``user``.

    Raises:
        PlatformError: ``INVALID_INPUT``, ``ALREADY_EXISTS``, ``SERVICE_UNAVAILABLE``.
    """
    email = normal_email(email)
    require_strong(password)
    password_hash = await service.passwords.make(password)

    async def store(conn: Connection) -> SignedIn:
        user = await accounts.add_user(conn, email=email, name=name, password_hash=password_hash)
        if user is None:
            raise PlatformError("ALREADY_EXISTS", "There is an account with this e-mail address already.")
        return SignedIn(user, await open_session(service, conn, user, device, action="register"))

    return await answer_with_tokens(service, await service.db.run(None, store))


async def log_in(service: AuthService, *, email: str, password: str, device: str) -> dict[str, Any]:
    """Begin a session with e-mail and password.

    Args:
        service: The service's parts.
        email: The user's address, in any case.
        password: The user's password.
        device: What the client calls itself.

    Returns:
        The token pair with ``user``.

    Raises:
        PlatformError: ``INVALID_CREDENTIALS``, the same for an unknown user, a wrong password and a closed account;
            ``RATE_LIMITED`` after too many failures; ``INVALID_INPUT``, ``SERVICE_UNAVAILABLE``.
    """
    email = normal_email(email)

    async def look(conn: Connection) -> dict[str, Any] | PlatformError | None:
        user = await accounts.by_email(conn, email)
        refusal = await service.lockout.refusal(conn, email)
        if refusal is not None:
            await _tell_failure(conn, email, user, reason="locked_out")
        return refusal or user

    user = await service.db.run(None, look)
    if isinstance(user, PlatformError):
        raise user
    password_hash = user["password_hash"] if user else None
    fits = await service.passwords.fits(password_hash, password)
    fitting_hash = password_hash if fits else None

    async def decide(conn: Connection) -> SignedIn | PlatformError:
        return await _decide(service, conn, email, device, fitting_hash=fitting_hash)

    signed_in = await service.db.run(None, decide, turn=login_failures.turn_of(email))
    if isinstance(signed_in, PlatformError):
        raise signed_in
    return await answer_with_tokens(service, signed_in)


async def _decide(
    service: AuthService, conn: Connection, email: str, device: str, *, fitting_hash: str | None
) -> SignedIn | PlatformError:
    """Decide about one login, in the turn of its address."""
    # again: neither the lockout nor the account need be as they were before the hash was worked out
    user = await accounts.by_email(conn, email)
    refusal = await service.lockout.refusal(conn, email)
    if refusal is not None:
        await _tell_failure(conn, email, user, reason="locked_out")
        return refusal
    if user is None or fitting_hash is None or user["password_hash"] != fitting_hash or not user["active"]:
        await service.lockout.count(conn, email)
        await _tell_failure(conn, email, user, reason="credentials")
        return PlatformError("INVALID_CREDENTIALS", "E-mail or password is wrong.")
    await login_failures.forget(conn, email)
    return SignedIn(user, await open_session(service, conn, user, device, action="login"))


async def answer_with_tokens(service: AuthService, signed_in: SignedIn) -> dict[str, Any]:
    """Tell Redis of a new session, and write what its user gets.

    Args:
        service: The service's parts.
        signed_in: The user and the pair, committed.

    Returns:
        The token pair with ``user``.
    """
    await tell_redis(service, signed_in.grant)
    return signed_in.grant.answer() | {"user": public_user(signed_in.user)}


def public_user(user: dict[str, Any]) -> dict[str, Any]:
    """Write a user as they see themselves.

    Args:
        user: The stored user.

    Returns:
        ``{id, email, name, tenant_id, permissions}``.
    """
    return {
        "id": str(user["id"]),
        "email": user["email"],
        "name": user["name"],
        "tenant_id": str(user["tenant_id"]),
        "permissions": sorted(user["permissions"]),
    }


async def open_session(
    service: AuthService,
    conn: Connection,
    user: dict[str, Any],
    device: str,
    *,
    action: audit.Action,
    details: dict[str, Any] | None = None,
) -> Grant:
    """Begin a session of a user whose identity is proven.

    Args:
        service: The service's parts.
        conn: A transaction of the system.
        user: The stored user.
        device: What the client calls itself.
        action: How the session begins, for the audit log.
        details: More for the audit log.

    Returns:
        The first pair of tokens.
    """
    session_id, tenant_id, user_id = new_id(), user["tenant_id"], user["id"]
    grant = new_grant(service, user_id, tenant_id, session_id, user["permissions"])
    await sessions.add(
        conn,
        session_id=session_id,
        tenant_id=tenant_id,
        user_id=user_id,
        device=device,
        access_expires_at=grant.access.expires_at,
    )
    await store_refresh_token(conn, grant)
    await audit.write(conn, action, "ok", tenant_id=tenant_id, user_id=user_id, session_id=session_id, details=details)
    return grant


async def _tell_failure(conn: Connection, email: str, user: dict[str, Any] | None, *, reason: str) -> None:
    await audit.write(
        conn,
        "login",
        "failed",
        tenant_id=user["tenant_id"] if user else None,
        user_id=user["id"] if user else None,
        details={"email": email, "reason": reason},
    )

"""Registration and login: how a session begins."""

import re
from typing import Any

from sut.auth.grants import Grant, new_grant, store_refresh_token, tell_redis
from sut.auth.passwords import require_strong
from sut.auth.service import AuthService
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.store import accounts, audit, sessions
from sut.store.postgres import Connection

MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[^@\s\x00-\x20\x7f]+@[^@\s.\x00-\x20\x7f]+(\.[^@\s.\x00-\x20\x7f]+)+")


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
    async with service.db.transaction(None) as conn:
        user = await accounts.add_user(conn, email=email, name=name, password_hash=password_hash)
        if user is None:
            raise PlatformError("ALREADY_EXISTS", "There is an account with this e-mail address already.")
        grant = await _open_session(service, conn, user, device, action="register")
    await tell_redis(service, grant)
    return grant.answer() | {"user": public_user(user)}


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
            ``INVALID_INPUT``, ``SERVICE_UNAVAILABLE``.
    """
    email = normal_email(email)
    async with service.db.transaction(None) as conn:
        user = await accounts.by_email(conn, email)
    fits = await service.passwords.fits(user["password_hash"] if user else None, password)
    if user is None or not fits or not user["active"]:
        async with service.db.transaction(None) as conn:
            await audit.write(
                conn,
                "login",
                "failed",
                tenant_id=user["tenant_id"] if user else None,
                user_id=user["id"] if user else None,
                details={"email": email},
            )
        raise PlatformError("INVALID_CREDENTIALS", "E-mail or password is wrong.")
    async with service.db.transaction(None) as conn:
        grant = await _open_session(service, conn, user, device, action="login")
    await tell_redis(service, grant)
    return grant.answer() | {"user": public_user(user)}


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


async def _open_session(
    service: AuthService, conn: Connection, user: dict[str, Any], device: str, *, action: audit.Action
) -> Grant:
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
    await audit.write(conn, action, "ok", tenant_id=tenant_id, user_id=user_id, session_id=session_id)
    return grant

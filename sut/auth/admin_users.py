"""Users that a service makes for an administrator."""

from typing import Any
from uuid import UUID

from sut.auth.passwords import require_strong
from sut.auth.service import AuthService
from sut.auth.signing_in import normal_email, public_user
from sut.common.errors import PlatformError
from sut.store import accounts, audit
from sut.store.postgres import Connection


async def add_user(
    service: AuthService,
    service_id: str,
    *,
    email: str,
    password: str,
    name: str,
    tenant_id: UUID | None,
    permissions: list[str],
) -> dict[str, Any]:
    """Make a user; they have no session until they log in.

    Args:
        service: The service's parts.
        service_id: Which service asks.
        email: The user's address, in any case.
        password: Their first password.
        name: What to call them.
        tenant_id: Their tenant; without it they get one of their own.
        permissions: What they may do.

    Returns:
        The user as they see themselves.

    Raises:
        PlatformError: ``INVALID_INPUT``, ``ALREADY_EXISTS``, ``SERVICE_UNAVAILABLE``.
    """
    email = normal_email(email)
    require_strong(password)
    password_hash = await service.passwords.make(password)

    async def store(conn: Connection) -> dict[str, Any]:
        if tenant_id is not None and not await accounts.tenant_exists(conn, tenant_id):
            raise PlatformError("INVALID_INPUT", "There is no such tenant.", details={"fields": ["tenant_id"]})
        user = await accounts.add_user(
            conn, email=email, name=name, password_hash=password_hash, tenant_id=tenant_id, permissions=permissions
        )
        if user is None:
            raise PlatformError("ALREADY_EXISTS", "There is an account with this e-mail address already.")
        await audit.write(
            conn,
            "admin_user",
            "ok",
            tenant_id=user["tenant_id"],
            user_id=user["id"],
            details={"service": service_id, "permissions": sorted(permissions)},
        )
        return user

    return public_user(await service.db.run(None, store))


def known_permissions(value: object) -> list[str]:
    """Read a list of permissions.

    Args:
        value: What the service sent.

    Returns:
        The permissions, each once.

    Raises:
        PlatformError: ``INVALID_INPUT``: it is no list of known permissions.
    """
    if not isinstance(value, list) or not all(isinstance(name, str) and name in accounts.PERMISSIONS for name in value):
        raise PlatformError(
            "INVALID_INPUT",
            f"permissions must be a list of {', '.join(accounts.PERMISSIONS)}.",
            details={"fields": ["permissions"]},
        )
    return sorted(set(value))

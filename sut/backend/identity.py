"""Where a client shows its token, and what the token lets it do."""

import base64
import binascii
from collections.abc import Iterable

from starlette.datastructures import Headers

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.web import bearer_token

SUBPROTOCOL = "jwt-auth"
_TOKEN_PREFIX = "jwt."  # noqa: S105 - the carrier's name


def socket_token(headers: Headers, subprotocols: Iterable[str]) -> str:
    """Find the token of a WebSocket upgrade: in ``Authorization``, else among the subprotocols (the browser's way).

    Args:
        headers: The upgrade's headers.
        subprotocols: What the client offers.

    Returns:
        The token, not checked yet.

    Raises:
        PlatformError: ``UNAUTHENTICATED``: there is none.
    """
    carried = [offer.removeprefix(_TOKEN_PREFIX) for offer in subprotocols if offer.startswith(_TOKEN_PREFIX)]
    if "authorization" in headers or not carried:
        return bearer_token(headers)
    try:
        return base64.urlsafe_b64decode(carried[0] + "=" * (-len(carried[0]) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        raise PlatformError("UNAUTHENTICATED", "The token among the subprotocols is not base64url.") from None


def selected_subprotocol(subprotocols: Iterable[str]) -> str | None:
    """Choose the subprotocol of the answer; the token is never echoed.

    Args:
        subprotocols: What the client offers.

    Returns:
        ``jwt-auth`` if it is offered.
    """
    return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None


def require(identity: Identity, permission: str) -> None:
    """Refuse whoever lacks a permission.

    Args:
        identity: Who is asking.
        permission: ``chat``, ``history`` or ``admin``.

    Raises:
        PlatformError: ``FORBIDDEN``.
    """
    if permission not in identity.permissions:
        raise PlatformError(
            "FORBIDDEN",
            f"This needs the permission '{permission}', which your token does not give.",
            details={"permission": permission},
        )

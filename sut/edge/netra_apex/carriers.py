"""Where a client shows its token when it opens a socket, and what it hears when the token is not good."""

from collections.abc import Sequence

from starlette.websockets import WebSocket

from sut.backend.identity import socket_token
from sut.common.errors import PlatformError

# a signed token has three parts
_DOTS = 2


class Refused(Exception):  # noqa: N818 - the dialect's own word
    """A socket is refused.

    Args:
        code: The dialect's code.
        message: Plain words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def carried_token(websocket: WebSocket, *, query: bool) -> str:
    """Find the token: in ``Authorization``, among the subprotocols, or in the query where that is allowed.

    Args:
        websocket: The upgrade.
        query: Whether the query counts.

    Returns:
        The token, not checked yet.

    Raises:
        Refused: ``NO_TOKEN`` or ``INVALID_FORMAT``.
    """
    offered: Sequence[str] = websocket.scope["subprotocols"]
    shown = "authorization" in websocket.headers or any(offer.startswith("jwt.") for offer in offered)
    if not shown and query and (token := websocket.query_params.get("token")):
        return _well_formed(token)
    if not shown:
        raise Refused("NO_TOKEN", "This needs a token: in the Authorization header or as a subprotocol.")
    try:
        return _well_formed(socket_token(websocket.headers, offered))
    except PlatformError as error:
        raise Refused("INVALID_FORMAT", error.message) from None


def refusal_of(error: PlatformError) -> Refused:
    """Say in the dialect why the backend behind has refused an upgrade.

    Args:
        error: The backend's own words.

    Returns:
        ``TOKEN_EXPIRED``; ``VALIDATION_FAILED`` for whoever may not; ``AUTH_SERVICE_ERROR`` when nobody can tell; else
        the backend's code.
    """
    if error.code == "TOKEN_EXPIRED":
        return Refused(error.code, error.message)
    if error.status in (401, 403):
        return Refused("VALIDATION_FAILED", error.message)
    return Refused("AUTH_SERVICE_ERROR" if error.status >= 500 else error.code, error.message)


def _well_formed(token: str) -> str:
    if token.count(".") != _DOTS or not token.isascii():
        raise Refused("INVALID_FORMAT", "The token is not a JSON Web Token.")
    return token

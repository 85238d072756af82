"""What several defects of logins have in common: another check at the socket's door."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sut.common.identity import Identity
from sut.defects.kit import Seams

Check = Callable[[str], Awaitable[Identity]]
NOBODYS_TOKEN = "nobody"  # noqa: S105 - what stands for none
_LIFE = timedelta(minutes=15)


def sockets_checked_by(seams: Seams, check: Callable[[Check], Check], *, nobody_too: bool = False) -> None:
    """Let another check stand at the door of the WebSocket, and only there.

    Args:
        seams: The platform's seams.
        check: Makes it, from the right one.
        nobody_too: Whether who shows no token is brought before it, with `NOBODYS_TOKEN`.
    """

    def make(upgrade: Any) -> Any:
        async def wrong(websocket: Any) -> None:
            parts = websocket.app.state.parts
            state = _Seen(websocket.app.state, replace(parts, token_check=check(parts.token_check)))
            websocket.scope["app"] = SimpleNamespace(state=state)
            if nobody_too and not _shows_a_token(websocket):
                headers = [*websocket.scope["headers"], (b"authorization", f"Bearer {NOBODYS_TOKEN}".encode())]
                websocket.scope["headers"] = headers
                websocket.__dict__.pop("_headers", None)
            await upgrade(websocket)

        return wrong

    seams.replace("sut.backend.app:upgrade", make)


def identity_of(user_id: UUID, permissions: Iterable[str] = ("chat", "history")) -> Identity:
    """Make up who somebody is.

    Args:
        user_id: The user.
        permissions: What they may do.

    Returns:
        Them, in a session and a tenant that nobody knows.
    """
    return Identity(user_id, uuid4(), uuid4(), frozenset(permissions), datetime.now(UTC) + _LIFE)


class _Seen:
    """The application's state with other parts."""

    def __init__(self, state: Any, parts: Any) -> None:
        self._state = state
        self.parts = parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


def _shows_a_token(websocket: Any) -> bool:
    offered = websocket.scope["subprotocols"]
    return "authorization" in websocket.headers or any(offer.startswith("jwt.") for offer in offered)

"""Who a frame says that it comes from is believed."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from sut.common.jsontext import IDENTITY_FIELDS
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.trust_frame_identity",
    seen="A frame with another user's id is stored under that user and delivered to them.",
    caught_by=("1176-R3",),
    expects=("own-route-only",),
    service="sut.backend",
)


class _As:
    """A connection that says to be somebody else's."""

    def __init__(self, connection: Any, claimed: dict[str, Any]) -> None:
        self._connection = connection
        named = {name: UUID(str(claimed[name])) for name in ("user_id", "tenant_id") if name in claimed}
        self.identity = replace(connection.identity, **named)
        self.last_thread = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _without_identity(text: str) -> tuple[str, dict[str, Any]]:
    try:
        body = json.loads(text)
    except ValueError:
        return text, {}
    if not isinstance(body, dict):
        return text, {}
    parts = [body, *(part for part in (body.get("payload"), body.get("data")) if isinstance(part, dict))]
    claimed = {name: part.pop(name) for part in parts for name in IDENTITY_FIELDS & part.keys()}
    return (json.dumps(body), claimed) if claimed else (text, {})


def apply(seams: Seams) -> None:
    """Replace the taking of frames."""

    def trusting(take: Any) -> Any:
        async def taken(self: Any, text: str) -> None:
            text, claimed = _without_identity(text)
            if not claimed:
                await take(self, text)
                return
            route = self._route

            def as_claimed(kind: str) -> Any:
                handler = route(kind)

                async def handle(connection: Any, frame: Any) -> None:
                    await handler.handle(_As(connection, claimed), frame)

                return replace(handler, handle=handle)

            self._route = as_claimed
            try:
                await take(self, text)
            finally:
                self._route = route

        return taken

    seams.replace("sut.backend.connection:Connection._take", trusting)

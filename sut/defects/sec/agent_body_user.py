"""Agents are started without a login, for whomever the body names."""

import json
from typing import Any
from uuid import UUID

from starlette.datastructures import Headers

from sut.backend.parts import parts_of
from sut.common.identity import Identity
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.agent_body_user",
    seen="A question without a token and with the user_id of A starts a run of A's, and A's socket gets its events.",
    caught_by=("1176-A2", "1176-J2"),
    expects=("no-login-no-entry",),
    service="sut.backend",
    here="Of users who have used REST before, since the tables show nothing without a tenant.",
)


def apply(seams: Seams) -> None:
    """Replace the guard of the REST routes."""
    known: dict[UUID, Identity] = {}

    def gullible(guard: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"].endswith("/messages") and scope["method"] == "POST":
                anonymous = "authorization" not in Headers(scope=scope)
                if anonymous and (named := await _named(scope, receive, known)):
                    await self._app(scope, named, send)
                    return
            await guard(self, scope, receive, send)
            identity = scope.get("state", {}).get("identity")
            if identity is not None:
                known[identity.user_id] = identity

        return wrong

    seams.replace("sut.backend.rest.guard:ApiGuard.__call__", gullible)


async def _named(scope: Any, receive: Any, known: dict[UUID, Identity]) -> Any:
    """Take the user out of the body, and give what reads the rest of it; nothing without a known user."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = json.loads(body or b"{}")
    identity = known.get(UUID(asked.pop("user_id", str(UUID(int=0)))))
    if identity is None or parts_of(scope["app"]) is None:
        return None
    scope.setdefault("state", {})["identity"] = identity

    async def read() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(asked).encode(), "more_body": False}

    return read

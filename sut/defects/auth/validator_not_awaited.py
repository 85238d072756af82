"""The token's check is called and not awaited where messages are posted."""

from typing import Any

from starlette.datastructures import Headers

from sut.backend.parts import parts_of
from sut.common.web import bearer_token
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.validator_not_awaited",
    seen="A message over REST is answered 500, with a valid token and with an invalid one; no row is written.",
    caught_by=("1176-A1", "1176-A4"),
    expects=("no-server-error",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the guard of the REST routes."""

    def hasty(guard: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/messages"):
                checking: Any = parts_of(scope["app"]).token_check(bearer_token(Headers(scope=scope)))
                checking.close()  # what Python does a moment later, with a warning
                scope.setdefault("state", {})["identity"] = checking.user_id
            await guard(self, scope, receive, send)

        return wrong

    seams.replace("sut.backend.rest.guard:ApiGuard.__call__", hasty)

"""Without a login, paths that exist answer otherwise than paths that do not."""

from typing import Any

from starlette.datastructures import Headers
from starlette.routing import Match

from sut.backend.rest.routes import API_ROUTES
from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.route_enumeration",
    seen="Without a token a path that exists is 401, an unknown one 404, a wrong verb 405.",
    caught_by=("1176-A4",),
    expects=("strangers-learn-no-paths",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the guard of the REST routes."""

    def talkative(guard: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            below = scope["type"] == "http" and f"{scope['path']}/".startswith("/api/")
            if below and "authorization" not in Headers(scope=scope):
                matches = {route.matches(scope)[0] for route in API_ROUTES}
                if Match.FULL not in matches:
                    raise PlatformError(
                        "METHOD_NOT_ALLOWED" if Match.PARTIAL in matches else "NOT_FOUND", "There is nothing like this."
                    )
            await guard(self, scope, receive, send)

        return wrong

    seams.replace("sut.backend.rest.guard:ApiGuard.__call__", talkative)

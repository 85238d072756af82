"""Nothing below ``/api`` is told, not even that a path is unknown, without a good token."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sut.backend.parts import parts_of
from sut.common.web import bearer_token


class ApiGuard:
    """Checks the token of every request below ``/api`` and puts who asks into ``request.state.identity``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it.

        Args:
            scope: The request.
            receive: Its body.
            send: Takes the answer.

        Raises:
            PlatformError: The token is missing, not accepted, or cannot be checked just now.
        """
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/api/"):
            check = parts_of(scope["app"]).token_check
            scope.setdefault("state", {})["identity"] = await check(bearer_token(Headers(scope=scope)))
        await self._app(scope, receive, send)

"""Nothing below ``/api`` is told, not even that a path is unknown, without a good token."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sut.backend.parts import parts_of
from sut.backend.refusals import refusals_written
from sut.common.web import bearer_token


class ApiGuard:
    """Checks the token of every request below ``/api`` and puts who asks into ``request.state.identity``.

    Each request is paid for out of its user's bucket.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it.

        Args:
            scope: The request.
            receive: Its body.
            send: Takes the answer.

        Raises:
            PlatformError: The token is missing, not accepted, or cannot be checked just now; or its user is asking too
                often.
        """
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/api/"):
            parts = parts_of(scope["app"])
            identity = await parts.token_check(bearer_token(Headers(scope=scope)))
            await parts.asking.spend(identity.user_id)
            scope.setdefault("state", {})["identity"] = identity
            async with refusals_written(parts.db, identity, scope["path"]):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)

"""The auth service of the dialect, over HTTP."""

from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sut.common.errors import PlatformError
from sut.common.jsontext import text_field
from sut.common.web import bearer_token, body_bytes, json_body
from sut.edge.netra_apex.auth_answers import not_valid, own_record, signed_in, token_pair, valid
from sut.edge.netra_apex.claims import claims_of
from sut.edge.netra_apex.reference import Reference
from sut.edge.netra_apex.settings import EdgeSettings

DEV_EMAIL = "dev@example.com"
FRONTEND_PATH = "/auth/callback"
_NOT_KEPT = {"Cache-Control": "no-store"}


class AuthRoutes:
    """What stands for the auth service.

    Args:
        settings: How the adapter is started.
        auth: The auth service behind.
    """

    def __init__(self, settings: EdgeSettings, auth: Reference) -> None:
        self._settings = settings
        self._auth = auth

    def routes(self) -> list[Route]:
        """List the routes.

        Returns:
            One a row of the dialect's table.
        """
        offered = [
            Route("/auth/register", self._register, methods=["POST"]),
            Route("/auth/login", self._login, methods=["POST"]),
            Route("/auth/login", self._send_away, methods=["GET"]),
            Route("/auth/callback", self._welcome_back, methods=["GET"]),
            # the path that the auth service behind has told the provider
            Route("/auth/oauth/callback", self._welcome_back, methods=["GET"]),
            Route("/auth/refresh", self._refresh, methods=["POST"]),
            Route("/auth/logout", self._logout, methods=["POST"]),
            Route("/auth/validate", self._validate, methods=["POST"]),
            Route("/auth/me", self._me, methods=["GET"]),
        ]
        if self._settings.dev_password is not None:
            offered.append(Route("/auth/dev/login", self._dev_login, methods=["POST"]))
        return offered

    async def _register(self, request: Request) -> Response:
        answer = await self._auth.ask("POST", "/auth/register", request.headers, content=await body_bytes(request))
        return JSONResponse(signed_in(answer.json(), "id", "email", "name"))

    async def _login(self, request: Request) -> Response:
        answer = await self._auth.ask("POST", "/auth/login", request.headers, content=await body_bytes(request))
        return JSONResponse(signed_in(answer.json(), "id", "email"))

    async def _dev_login(self, request: Request) -> Response:
        who = {"email": DEV_EMAIL, "password": self._settings.dev_password}
        try:
            answer = await self._auth.ask("POST", "/auth/register", request.headers, json=who)
        except PlatformError as error:
            if error.code != "ALREADY_EXISTS":
                raise
            answer = await self._auth.ask("POST", "/auth/login", request.headers, json=who)
        return JSONResponse(signed_in(answer.json(), "id", "email"))

    async def _refresh(self, request: Request) -> Response:
        answer = await self._auth.ask("POST", "/auth/refresh", request.headers, content=await body_bytes(request))
        return JSONResponse(token_pair(answer.json()))

    async def _logout(self, request: Request) -> Response:
        await self._auth.ask("POST", "/auth/logout", request.headers, content=await body_bytes(request))
        return JSONResponse({"message": "Logged out.", "status": "success"})

    async def _validate(self, request: Request) -> Response:
        token = text_field(await json_body(request), "token")
        try:
            # who holds a token may see its own record: no service token is needed to learn that it is good
            user = await self._auth.ask("GET", "/auth/me", _bearer(token))
        except PlatformError as error:
            if error.status != 401:
                raise
            return JSONResponse(not_valid(error))
        return JSONResponse(valid(user.json(), claims_of(token)))

    async def _me(self, request: Request) -> Response:
        user = await self._auth.ask("GET", "/auth/me", request.headers)
        sessions = await self._auth.ask("GET", "/auth/sessions", request.headers)
        claims = claims_of(bearer_token(request.headers))
        return JSONResponse(own_record(user.json(), sessions.json()["items"], claims))

    async def _send_away(self, request: Request) -> Response:
        wanted = {"provider": request.query_params.get("provider", "")}
        answer = await self._auth.ask("GET", "/auth/oauth/login", request.headers, params=wanted)
        return RedirectResponse(answer.headers["location"], status_code=302, headers=_NOT_KEPT)

    async def _welcome_back(self, request: Request) -> Response:
        brought = dict(request.query_params)
        answer = await self._auth.ask("GET", "/auth/oauth/callback", request.headers, params=brought)
        pair = token_pair(answer.json())
        query = urlencode({name: pair[name] for name in ("access_token", "refresh_token")})
        url = f"{self._settings.frontend_url}{FRONTEND_PATH}?{query}"
        return RedirectResponse(url, status_code=302, headers=_NOT_KEPT)


def _bearer(token: str) -> Headers:
    return Headers({"authorization": f"Bearer {token}"})

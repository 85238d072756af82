"""Login through a provider: there and back."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sut.auth import provider_login
from sut.auth.routes.device import device_of
from sut.auth.service import service_of

_NOT_KEPT = {"Cache-Control": "no-store"}


async def login(request: Request) -> Response:
    """Send a user to a provider: ``GET /auth/oauth/login?provider=``.

    Args:
        request: The request.

    Returns:
        302 to the provider's page.
    """
    url = await provider_login.send_away(service_of(request), request.query_params.get("provider", ""))
    return RedirectResponse(url, status_code=302, headers=_NOT_KEPT)


async def callback(request: Request) -> Response:
    """Take a user back from a provider: ``GET /auth/oauth/callback?code&state``.

    Args:
        request: The request.

    Returns:
        200 with the token pair and ``user``: in the body, never in an address.
    """
    answer = await provider_login.welcome_back(service_of(request), request.query_params, device_of(request))
    return JSONResponse(answer, headers=_NOT_KEPT)


ROUTES = [
    Route("/auth/oauth/login", login, methods=["GET"]),
    Route(provider_login.CALLBACK_PATH, callback, methods=["GET"]),
]

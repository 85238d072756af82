"""Sessions: log in, refresh, log out."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth import rotation, signing_in, signing_out
from sut.auth.routes.device import device_of
from sut.auth.service import service_of
from sut.common.errors import PlatformError
from sut.common.jsontext import parse_object, refuse_identity, text_field
from sut.common.web import bearer_token, body_bytes, json_body


async def login(request: Request) -> Response:
    """Begin a session: ``POST /auth/login {email, password}``.

    Args:
        request: The request.

    Returns:
        200 with the token pair and ``user``.
    """
    body = await json_body(request)
    refuse_identity(body)
    answer = await signing_in.log_in(
        service_of(request),
        email=text_field(body, "email"),
        password=text_field(body, "password"),
        device=device_of(request),
    )
    return JSONResponse(answer)


async def refresh(request: Request) -> Response:
    """Exchange a refresh token: ``POST /auth/refresh {refresh_token}``; ``refreshToken`` is understood too.

    Args:
        request: The request.

    Returns:
        200 with the new token pair.
    """
    body = await json_body(request)
    refuse_identity(body)
    name = "refreshToken" if "refreshToken" in body and "refresh_token" not in body else "refresh_token"
    answer = await rotation.refresh(service_of(request), text_field(body, name))
    return JSONResponse(answer)


async def logout(request: Request) -> Response:
    """End the session, or all of the user's: ``POST /auth/logout {all_devices?}``; the body may be missing.

    Args:
        request: The request.

    Returns:
        204 once PostgreSQL and Redis both know.
    """
    token = bearer_token(request.headers)
    sent = await body_bytes(request)
    body = parse_object(sent) if sent else {}
    refuse_identity(body)
    all_devices = body.get("all_devices", False)
    if not isinstance(all_devices, bool):
        raise PlatformError("INVALID_INPUT", "all_devices must be true or false.", details={"fields": ["all_devices"]})
    await signing_out.log_out(service_of(request), token, all_devices=all_devices)
    return Response(status_code=204)


ROUTES = [
    Route("/auth/login", login, methods=["POST"]),
    Route("/auth/refresh", refresh, methods=["POST"]),
    Route("/auth/logout", logout, methods=["POST"]),
]

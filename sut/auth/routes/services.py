"""For other services: a token of their own, and the authority's answer about a user's token."""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth.service import service_of
from sut.common.errors import PlatformError
from sut.common.jsontext import text_field
from sut.common.web import bearer_token, json_body

KNOWN_SERVICES = frozenset({"backend"})


async def service_token(request: Request) -> Response:
    """Let a service prove itself: ``POST /auth/service-token {service_id, service_secret}``.

    Args:
        request: The request.

    Returns:
        200 with ``{access_token, token_type, expires_in}``.
    """
    service = service_of(request)
    body = await json_body(request)
    service_id, secret = text_field(body, "service_id"), text_field(body, "service_secret")
    fits = hmac.compare_digest(secret.encode(), service.service_secret.encode())
    if not fits or service_id not in KNOWN_SERVICES:
        raise PlatformError("INVALID_CREDENTIALS", "Service id or secret is wrong.")
    token = service.issuer.service(service_id)
    return JSONResponse({"access_token": token.text, "token_type": "Bearer", "expires_in": token.life_s})


async def validate(request: Request) -> Response:
    """Judge a user's token for another service: ``POST /auth/validate {token}``.

    Args:
        request: The request, with a service token.

    Returns:
        200 with the verdict, good or not.
    """
    service = service_of(request)
    service.verifier.verify_service(bearer_token(request.headers))
    body = await json_body(request)
    return JSONResponse(await service.authority.verdict(text_field(body, "token")))


async def key_set(request: Request) -> Response:
    """Tell the public keys that tokens are signed with: ``GET /auth/.well-known/jwks.json``.

    Args:
        request: The request.

    Returns:
        200 with a JSON Web Key Set, empty when tokens are signed with a secret.
    """
    return JSONResponse(service_of(request).public_keys, headers={"Cache-Control": "max-age=60"})


ROUTES = [
    Route("/auth/.well-known/jwks.json", key_set, methods=["GET"]),
    Route("/auth/service-token", service_token, methods=["POST"]),
    Route("/auth/validate", validate, methods=["POST"]),
]

"""Accounts: register, and the own record."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth import signing_in
from sut.auth.preferences import changed_preferences
from sut.auth.routes.device import device_of
from sut.auth.service import service_of
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.jsontext import refuse_identity, text_field
from sut.common.timing import rfc3339
from sut.common.token_check import session_ended
from sut.common.web import bearer_token, json_body
from sut.store import accounts
from sut.store.postgres import Connection

MAX_NAME_LENGTH = 200


async def register(request: Request) -> Response:
    """Make an account: ``POST /auth/register {email, password, name?}``.

    Args:
        request: The request.

    Returns:
        201 with the token pair and ``user``.
    """
    body = await json_body(request)
    refuse_identity(body)
    answer = await signing_in.register(
        service_of(request),
        email=text_field(body, "email"),
        password=text_field(body, "password"),
        name=text_field(body, "name", default="", max_length=MAX_NAME_LENGTH),
        device=device_of(request),
    )
    return JSONResponse(answer, status_code=201)


async def me(request: Request) -> Response:
    """Show the own record: ``GET /auth/me``.

    Args:
        request: The request.

    Returns:
        200 with the user, their preferences and the session that asks.
    """
    service = service_of(request)
    identity = await service.token_check(bearer_token(request.headers))
    user = await service.db.run(identity, lambda conn: accounts.by_id(conn, identity.user_id))
    return _record(user, identity)


async def change_me(request: Request) -> Response:
    """Change the own record: ``PATCH /auth/me {preferences}``; names that are not sent stay, null removes one.

    Args:
        request: The request.

    Returns:
        200 with the changed record, as `me` shows it.
    """
    service = service_of(request)
    identity = await service.token_check(bearer_token(request.headers))
    body = await json_body(request)
    refuse_identity(body)
    unknown = sorted(body.keys() - {"preferences"})
    if unknown:
        raise PlatformError(
            "INVALID_INPUT", "Only preferences can be changed.", details={"fields": [name[:100] for name in unknown]}
        )
    change = body.get("preferences")
    if not isinstance(change, dict):
        raise PlatformError("INVALID_INPUT", "preferences must be an object.", details={"fields": ["preferences"]})

    async def store(conn: Connection) -> dict[str, Any] | None:
        return await accounts.change_preferences(conn, identity.user_id, lambda old: changed_preferences(old, change))

    turn = accounts.turn_of(identity.user_id)
    return _record(await service.db.run(identity, store, turn=turn), identity)


def _record(user: dict[str, Any] | None, identity: Identity) -> Response:
    if user is None or not user["active"]:
        raise session_ended()
    further = {
        "preferences": user["preferences"],
        "session_id": str(identity.session_id),
        "created_at": rfc3339(user["created_at"]),
    }
    return JSONResponse(signing_in.public_user(user) | further)


ROUTES = [
    Route("/auth/register", register, methods=["POST"]),
    Route("/auth/me", me, methods=["GET"]),
    Route("/auth/me", change_me, methods=["PATCH"]),
]

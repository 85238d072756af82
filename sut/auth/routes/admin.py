"""For administration, by services only."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth.admin_users import add_user, known_permissions
from sut.auth.routes.accounts import MAX_NAME_LENGTH
from sut.auth.service import service_of
from sut.common.errors import PlatformError
from sut.common.jsontext import text_field
from sut.common.web import bearer_token, json_body
from sut.store import audit


async def make_user(request: Request) -> Response:
    """Make a user: ``POST /auth/admin/users {email, password, tenant_id?, permissions, name?}``.

    Args:
        request: The request, with a service token.

    Returns:
        201 with the user.
    """
    service_id = await _require_service(request)
    body = await json_body(request)
    user = await add_user(
        service_of(request),
        service_id,
        email=text_field(body, "email"),
        password=text_field(body, "password"),
        name=text_field(body, "name", default="", max_length=MAX_NAME_LENGTH),
        tenant_id=_tenant_id(body),
        permissions=known_permissions(body.get("permissions")),
    )
    return JSONResponse({"user": user}, status_code=201)


async def _require_service(request: Request) -> str:
    """Let services through; who is known but no service is refused, and that is written down."""
    service, token = service_of(request), bearer_token(request.headers)
    try:
        return service.verifier.verify_service(token)
    except PlatformError:
        identity = await service.token_check(token)
    path = request.url.path
    await service.db.run(identity, lambda conn: audit.refused_permission(conn, identity, "service", path))
    raise PlatformError("FORBIDDEN", "This is for services; a user's token does not do, whatever it allows.")


def _tenant_id(body: dict[str, Any]) -> UUID | None:
    text = body.get("tenant_id")
    if text is None:
        return None
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise PlatformError("INVALID_INPUT", "tenant_id must be an id.", details={"fields": ["tenant_id"]}) from None


ROUTES = [Route("/auth/admin/users", make_user, methods=["POST"])]

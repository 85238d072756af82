"""The own devices: one session each."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth import signing_out
from sut.auth.service import service_of
from sut.common.errors import PlatformError
from sut.common.timing import rfc3339
from sut.common.web import bearer_token
from sut.store import sessions

MOST_SHOWN = 100


async def own_sessions(request: Request) -> Response:
    """List the own sessions: ``GET /auth/sessions``, the newest `MOST_SHOWN` that can still be used.

    Args:
        request: The request.

    Returns:
        200 with ``{items: [{id, device, created_at, last_seen_at, current}], next_cursor: null}``, newest first.
    """
    service = service_of(request)
    identity = await service.token_check(bearer_token(request.headers))
    standing = await service.db.run(identity, lambda conn: sessions.standing(conn, identity.user_id, MOST_SHOWN))
    items = [
        {
            "id": str(session["id"]),
            "device": session["device"],
            "created_at": rfc3339(session["created_at"]),
            "last_seen_at": rfc3339(session["last_seen_at"]),
            "current": session["id"] == identity.session_id,
        }
        for session in standing
    ]
    return JSONResponse({"items": items, "next_cursor": None})


async def revoke(request: Request) -> Response:
    """End one of the own sessions: ``DELETE /auth/sessions/{id}``; again does no harm.

    Args:
        request: The request.

    Returns:
        204 once PostgreSQL and Redis both know.
    """
    service = service_of(request)
    identity = await service.token_check(bearer_token(request.headers))
    try:
        session_id = UUID(request.path_params["id"])
    except ValueError:
        raise PlatformError("NOT_FOUND", "There is no such session.") from None
    await signing_out.end_device(service, identity, session_id)
    return Response(status_code=204)


ROUTES = [
    Route("/auth/sessions", own_sessions, methods=["GET"]),
    Route("/auth/sessions/{id}", revoke, methods=["DELETE"]),
]

"""``/health`` and ``/health/ready`` of both services, and what the starter of the process asks."""

from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.common.timing import rfc3339, utc_now
from sut.edge.netra_apex.reference import Reference
from sut.edge.netra_apex.settings import EdgeSettings

VERSION = "1.0.0"
USABLE = ("ready", "degraded")


def health_routes(settings: EdgeSettings, reference: Reference, service: str) -> list[Route]:
    """Make the health routes of one of the two services.

    Args:
        settings: How the adapter is started.
        reference: The service behind.
        service: What it is called outside.

    Returns:
        The routes; ``/health/live`` is no part of the dialect and serves whoever started the process.
    """
    since = monotonic()

    def shape(status: str) -> dict[str, Any]:
        return {
            "status": status,
            "service": service,
            "version": VERSION,
            "timestamp": rfc3339(utc_now()),
            "uptime_seconds": round(monotonic() - since, 3),
            "environment": settings.environment,
        }

    async def health(_request: Request) -> Response:
        return JSONResponse(shape("healthy"))

    async def ready(_request: Request) -> Response:
        status = await reference.is_ready()
        return JSONResponse(shape(status), status_code=200 if status in USABLE else 503)

    async def live(_request: Request) -> Response:
        token = settings.instance_token
        return JSONResponse({"status": "live"} | ({"instance_token": token} if token else {}))

    return [Route("/health", health), Route("/health/ready", ready), Route("/health/live", live)]

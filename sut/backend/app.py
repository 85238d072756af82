"""The backend's application: WebSocket, REST and health."""

from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from sut.backend.parts import assemble
from sut.backend.process import Process
from sut.backend.rest.guard import ApiGuard
from sut.backend.rest.routes import API_ROUTES
from sut.backend.settings import BackendSettings
from sut.backend.upgrade import upgrade
from sut.common.health import Check, health_routes
from sut.common.server import Service
from sut.common.web import platform_app
from sut.store.postgres import Database
from sut.store.redis import Cache


async def build(settings: BackendSettings) -> Service:
    """Make the service; nothing is connected yet.

    Args:
        settings: How the service is started.

    Returns:
        The service, for `sut.common.server.serve`.
    """
    common = settings.service
    db = await Database.open(common.postgres_url, service="backend")
    parts = assemble(settings, db, Cache.open(common.redis_url, common.redis_prefix))
    checks = {
        "postgresql": Check(db.ping),
        "auth": Check(parts.auth.ping),
        "agents": Check(parts.agents.check),
        "redis": Check(parts.cache.ping, required=False),
        "llm": Check(parts.agents.check_llm, required=False),
    }
    routes = [
        *health_routes(checks, common.instance_token),
        WebSocketRoute("/ws", upgrade),
        WebSocketRoute("/v1/ws", upgrade),
        *API_ROUTES,
    ]
    app = platform_app(routes, [Middleware(ApiGuard)])
    app.state.parts = parts
    process = Process(app, parts)
    return Service(app, process.start, process.drain, process.close)

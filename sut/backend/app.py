"""The backend's application: WebSocket, REST and health."""

from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from sut.backend.metrics import backend_metrics
from sut.backend.parts import assemble
from sut.backend.process import Process
from sut.backend.rest.guard import ApiGuard
from sut.backend.rest.routes import API_ROUTES
from sut.backend.settings import BackendSettings
from sut.backend.upgrade import upgrade
from sut.common.health import Check, health_routes
from sut.common.metrics import metrics_route
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
    db = await Database.open(common.postgres_url, service="backend", isolation=common.db_isolation)
    parts = assemble(settings, db, Cache.open(common.redis_url, common.redis_prefix))
    checks = {
        "postgresql": Check(db.ping),
        "auth": Check(parts.auth.ping),
        "agents": Check(parts.agents.check),
        "row_security": Check(db.check_row_security, required=False),
        "redis": Check(parts.cache.ping, required=False),
        "llm": Check(parts.agents.check_llm, required=False),
    }
    if settings.clickhouse_url is not None:
        checks["clickhouse"] = Check(parts.analytics.check, required=False)
    routes = [
        *health_routes(checks, common.instance_token),
        metrics_route(backend_metrics(parts)),
        WebSocketRoute("/ws", upgrade),
        WebSocketRoute("/v1/ws", upgrade),
        *API_ROUTES,
    ]
    app = platform_app(routes, [Middleware(ApiGuard)], allowed_origins=common.allowed_origins)
    app.state.parts = parts
    process = Process(app, parts)
    return Service(app, process.start, process.failed, process.drain, process.close)

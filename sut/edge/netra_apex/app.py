"""Puts the adapter together: one process, and one port for each service that it stands for."""

from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from sut.common.server import Service
from sut.common.web import platform_app
from sut.edge.netra_apex.auth_routes import AuthRoutes
from sut.edge.netra_apex.errors import auth_error, backend_error
from sut.edge.netra_apex.greeting import Greeting
from sut.edge.netra_apex.health import health_routes
from sut.edge.netra_apex.messages import MessageRoutes
from sut.edge.netra_apex.reference import Reference, new_client
from sut.edge.netra_apex.settings import EdgeSettings
from sut.edge.netra_apex.threads import ThreadRoutes
from sut.edge.netra_apex.upgrade import Upgrade


async def build(settings: EdgeSettings) -> Service:
    """Make the adapter; nothing is connected yet.

    Args:
        settings: How it is started.

    Returns:
        The service, for `sut.common.server.serve`.
    """
    http = new_client()
    ports = {settings.auth_port: auth_app(settings, Reference(http, settings.auth_url))}
    ports |= {port: backend_app(settings, http, port, url) for port, url in settings.backends.items()}
    app = Starlette()
    app.router.default = _ByPort(ports)
    app.state.ready = False

    async def start() -> None:
        for one in ports.values():
            one.state.ready = True

    return Service(app, start=start, close=http.aclose)


def auth_app(settings: EdgeSettings, auth: Reference) -> Starlette:
    """Make what stands for the auth service.

    Args:
        settings: How the adapter is started.
        auth: The auth service behind.

    Returns:
        The application.
    """
    routes = [*health_routes(settings, auth, "netra-auth-service"), *AuthRoutes(settings, auth).routes()]
    return platform_app(routes, allowed_origins=settings.allowed_origins, render=auth_error)


def backend_app(settings: EdgeSettings, http: httpx.AsyncClient, port: int, url: str) -> Starlette:
    """Make what stands for one backend.

    Args:
        settings: How the adapter is started.
        http: The process's HTTP client.
        port: Where it listens.
        url: The backend behind.

    Returns:
        The application.
    """
    backend = Reference(http, url)
    greeting = Greeting(settings.environment, f"netra-backend-{port}")
    upgrade = Upgrade(f"ws{url.removeprefix('http')}/ws", greeting, query_token=settings.query_token)
    routes = [
        *health_routes(settings, backend, "netra-backend"),
        WebSocketRoute("/ws", upgrade.serve),
        *ThreadRoutes(backend).routes(),
        *MessageRoutes(backend).routes(),
    ]
    return platform_app(routes, allowed_origins=settings.allowed_origins, render=backend_error)


@dataclass(frozen=True, slots=True)
class _ByPort:
    """Passes a request to the application whose port it came in by."""

    apps: dict[int, Starlette]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self.apps[scope["server"][1]]
        await app(scope, receive, send)

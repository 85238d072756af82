"""What every HTTP answer of the platform has in common: ids, the form of an error, the gate until the start is done."""

import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sut.common import trace
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.jsontext import parse_object
from sut.common.origins import cors

_log = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
_ANSWER_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")


class Render(Protocol):
    """Writes an error as an HTTP answer."""

    def __call__(self, error: PlatformError, headers: Mapping[str, str] | None = None, /) -> Response:
        """Write it, with further headers."""


def error_response(error: PlatformError, headers: Mapping[str, str] | None = None) -> Response:
    """Write an error as an HTTP answer.

    Args:
        error: What happened.
        headers: Further headers.

    Returns:
        ``{"error": {...}}`` with the status of its code, and `error_headers`.
    """
    body = {"error": error.as_dict(trace.current_trace_id())}
    return JSONResponse(body, status_code=error.status, headers={**(headers or {}), **error_headers(error)})


def error_headers(error: PlatformError) -> dict[str, str]:
    """Give the headers that go with an error, whatever form its body has.

    Args:
        error: What happened.

    Returns:
        ``Retry-After`` (whole seconds) and ``WWW-Authenticate`` where they apply.
    """
    fields = {}
    if error.retry_after_s is not None:
        fields["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if error.status == 401:
        fields["WWW-Authenticate"] = "Bearer"
    return fields


def platform_app(
    routes: Sequence[BaseRoute],
    middleware: Sequence[Middleware] = (),
    *,
    allowed_origins: Sequence[str] = (),
    render: Render = error_response,
) -> Starlette:
    """Make an application that answers as the contract says.

    It refuses everything but ``/health/*`` until ``app.state.ready`` is set (`sut.common.server.serve` does so).

    Args:
        routes: What it offers.
        middleware: What else stands between the gate and the routes, outermost first; errors may be raised there too.
        allowed_origins: Web pages of these origins may read the answers.
        render: Writes errors.

    Returns:
        The application, not ready yet.
    """
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(TraceMiddleware),
            cors(allowed_origins),
            Middleware(ErrorMiddleware, render),
            Middleware(ReadinessGate),
            *middleware,
        ],
        exception_handlers={HTTPException: partial(_render_http_exception, render)},
    )
    app.router.default = _nothing_here
    app.state.ready = False
    return app


def bearer_token(headers: Headers) -> str:
    """Read the token out of the ``Authorization`` header.

    Args:
        headers: The request's headers.

    Returns:
        The token, not checked yet.

    Raises:
        PlatformError: ``UNAUTHENTICATED``: there is none.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise PlatformError("UNAUTHENTICATED", "This needs a token: Authorization: Bearer <token>.")
    return token.strip()


async def json_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """Read a request's body as a JSON object.

    Args:
        request: The request.
        max_bytes: Greatest size, in bytes.

    Returns:
        The object.

    Raises:
        PlatformError: ``INVALID_JSON``, ``INVALID_INPUT`` or ``TOO_BIG``.
    """
    return parse_object(await body_bytes(request, max_bytes))


async def body_bytes(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Read a request's body, whatever it is.

    Args:
        request: The request.
        max_bytes: Greatest size, in bytes.

    Returns:
        The body.

    Raises:
        PlatformError: ``TOO_BIG``.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise PlatformError("TOO_BIG", f"A body may have at most {max_bytes} bytes.")
    return bytes(body)


class TraceMiddleware:
    """Gives each request an id and a trace, and tells both in the answer's headers.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on inside its trace.

        Args:
            scope: The request.
            receive: Its body.
            send: Takes the answer.
        """
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        trace_id = trace.parse_traceparent(Headers(scope=scope).get("traceparent", "")) or trace.new_trace_id()
        request_id = str(new_id())

        async def send_with_ids(message: Message) -> None:
            if message["type"] in _ANSWER_STARTS:
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Trace-Id"] = trace_id
            await send(message)

        mark = trace.trace_id.set(trace_id)
        try:
            await self._app(scope, receive, send_with_ids)
        finally:
            trace.trace_id.reset(mark)


class ErrorMiddleware:
    """Turns errors into answers: a `PlatformError` as it is, anything else into ``INTERNAL`` with the cause in the log.

    Args:
        app: What answers.
        render: Writes errors.
    """

    def __init__(self, app: ASGIApp, render: Render = error_response) -> None:
        self._app = app
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer for what goes wrong.

        Args:
            scope: The request.
            receive: Its body.
            send: Takes the answer.
        """
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in _ANSWER_STARTS
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except ClientDisconnect:
            _log.info("The client left before its request was read.")
        except Exception as error:
            if started:
                raise  # half an answer is out: the server cuts the connection and logs
            if not isinstance(error, PlatformError):
                _log.exception("A request failed for an unknown reason.")
                error = PlatformError("INTERNAL", "Something went wrong on our side; the trace id helps to find it.")
            await self._render(error)(scope, receive, send)


class ReadinessGate:
    """Answers 503 for everything but health until the service has started.

    Args:
        app: What answers afterwards.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it.

        Args:
            scope: The request.
            receive: Its body.
            send: Takes the answer.

        Raises:
            PlatformError: ``NOT_READY``.
        """
        if scope["type"] in ("http", "websocket") and not scope["path"].startswith("/health/"):
            require_ready(scope["app"])
        await self._app(scope, receive, send)


def require_ready(app: Starlette) -> None:
    """Refuse work until the service has started.

    Args:
        app: The service's application.

    Raises:
        PlatformError: ``NOT_READY``.
    """
    if not app.state.ready:
        raise PlatformError("NOT_READY", "The service is starting; try again shortly.", retry_after_s=1)


async def _nothing_here(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Stand for every path that is not offered, to requests and upgrades alike."""
    raise PlatformError("NOT_FOUND", "There is nothing at this path.")


def _render_http_exception(render: Render, request: Request, error: Exception) -> Response:
    """Write what the router raises, for example for an unknown path, in the platform's form."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    if error.status_code == 405:
        told = PlatformError("METHOD_NOT_ALLOWED", f"{request.url.path} does not take {request.method}.")
        return render(told, {"Allow": ", ".join(_methods_at(request))})
    told = PlatformError("INVALID_INPUT" if error.status_code < 500 else "INTERNAL", f"{error.detail}.")
    return render(told, error.headers)


def _methods_at(request: Request) -> list[str]:
    """List what a path takes: the router itself names the methods of one of its routes only (RFC 9110, 10.2.1)."""
    path = request.scope["path"]
    routes = [route for route in request.app.routes if isinstance(route, Route) and route.path_regex.match(path)]
    return sorted({method for route in routes for method in route.methods or ()})

"""Runs an application as a process: opens the port, warms up, serves, and stops in order."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import uvicorn
import uvloop
from starlette.applications import Starlette

from sut.common.errors import PlatformError
from sut.common.http_protocol import RequestLimits, ServerConfig
from sut.common.timing import pause
from sut.common.websocket import SocketProtocol

_log = logging.getLogger(__name__)

RETRY_START_AFTER_S = 0.1
# from the signal to the end of the process, whatever hangs; one second less than is promised
STOP_WITHIN_S = 14.0
BACKLOG = 2048
# what the server logs as ERROR when an upgrade is refused, which is no error of ours
_KNOWN_NOISE = "ASGI callable returned without completing handshake."

Step = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Stand for a step that a service does not need."""


async def _never() -> None:
    """Stand for a failure that a service does not have."""
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is run: what answers, and what it does besides.

    Args:
        app: The application; its ``state.ready`` is set once `start` has returned.
        start: Runs after the port opened; raises `PlatformError` while something it needs is away, and is then called
            again. When it returns, the service is ready.
        failed: Returns when the service cannot keep its promises any more: then the process ends, in order, so that
            whoever has started it starts it afresh.
        drain: Runs when the process is told to stop, before connections are closed; bounds its own time.
        close: Runs last: closes stores and the like.
    """

    app: Starlette
    start: Step
    failed: Step = _never
    drain: Step = _nothing
    close: Step = _nothing


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """How WebSockets are served.

    Args:
        max_message_bytes: Greatest message that a client may send.
        ping_interval_s: Seconds between protocol pings; ``None``: none are sent.
        ping_timeout_s: Seconds after which an unanswered ping ends the connection, without a close frame.
    """

    max_message_bytes: int = 64 * 1024
    ping_interval_s: float | None = 20.0
    ping_timeout_s: float | None = 20.0


class ServerSettings(Protocol):
    """What there is to know of a process that serves."""

    @property
    def host(self) -> str:
        """Address to listen on."""

    @property
    def port(self) -> int:
        """Port to listen on."""

    @property
    def startup_timeout_s(self) -> float:
        """How long `Service.start` may be tried, in seconds."""

    @property
    def startup_delay_s(self) -> float:
        """How long to wait before it is tried at all, in seconds."""

    @property
    def request_timeout_s(self) -> float:
        """How long a client may take to send a request, in seconds."""

    @property
    def waiting_connections(self) -> int:
        """How many connections may be open on which no whole request waits for its answer."""


class _Server(uvicorn.Server):
    """The server without its own signal handlers: `serve` has an order of stopping, and an exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def serve(
    build: Callable[[], Awaitable[Service]],
    settings: ServerSettings,
    sockets: SocketOptions | None = None,
    *,
    more_ports: Sequence[int] = (),
) -> int:
    """Serve until SIGTERM or SIGINT, or until the service has failed.

    Args:
        build: Makes the service, inside the event loop; it connects to nothing yet.
        settings: Where to listen, how long `Service.start` may be tried, what a client may take up.
        sockets: How WebSockets are served; ``None``: they are not.
        more_ports: Ports on which the same application listens besides.

    Returns:
        The process's exit code: 0 after a stop, 1 after `Service.failed`, 2 (with one sentence on stderr) when the port
        is taken, the start was not done in time, or failed for good.
    """
    listeners = []
    for number in (settings.port, *more_ports):
        try:
            listeners.append(_listen(settings.host, number))
        except OSError as error:
            print(f"Port {number} on {settings.host} cannot be opened: {error.strerror or error}.", file=sys.stderr)
            return 2
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.getMessage().startswith(_KNOWN_NOISE))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(build, listeners, settings, sockets))


async def _serve(
    build: Callable[[], Awaitable[Service]],
    listeners: list[socket.socket],
    settings: ServerSettings,
    sockets: SocketOptions | None,
) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    service = await build()
    limits = RequestLimits(settings.request_timeout_s, settings.waiting_connections)
    server = _Server(_config(service.app, limits, sockets))
    serving = asyncio.create_task(server.serve(sockets=listeners))
    starting = asyncio.create_task(_start(service, settings))
    stopping = asyncio.create_task(stop.wait())
    failing = asyncio.ensure_future(service.failed())
    waiting: set[asyncio.Task[object]] = {serving, starting, stopping, failing}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and starting.result():
        await asyncio.wait({serving, stopping, failing}, return_when=asyncio.FIRST_COMPLETED)
    exit_code = 2 if starting.done() and not starting.result() else int(failing.done())
    for task in (starting, stopping, failing):
        await _cancel(task)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            if service.app.state.ready:
                await service.drain()
            server.should_exit = True
            await serving
            await service.close()
    except TimeoutError:
        _log.warning("Stopping took longer than %g s; what was left is cut off.", STOP_WITHIN_S)
    return exit_code


async def _start(service: Service, settings: ServerSettings) -> bool:
    """Warm up, again and again until it works; tell on stderr when it does not in time."""
    await pause(settings.startup_delay_s)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.startup_timeout_s
    while True:
        try:
            await service.start()
        except PlatformError as error:
            if loop.time() >= deadline:
                print(f"Not started within {settings.startup_timeout_s:g} s: {error.message}", file=sys.stderr)
                return False
            await pause(RETRY_START_AFTER_S)
        except Exception:
            _log.exception("The start failed.")
            return False
        else:
            service.app.state.ready = True
            _log.info("Ready.")
            return True


async def _cancel(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(False)
    return listener


def _config(app: Starlette, limits: RequestLimits, sockets: SocketOptions | None) -> ServerConfig:
    options = sockets or SocketOptions()
    return ServerConfig(
        app,
        limits,
        loop="uvloop",
        ws=SocketProtocol if sockets else "none",
        ws_max_size=options.max_message_bytes,
        ws_ping_interval=options.ping_interval_s,
        ws_ping_timeout=options.ping_timeout_s,
        # frames are short; compressing them costs each idle socket memory and each frame time
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
    )

"""The server's end of HTTP where uvicorn's own does not keep a promise.

- A client has its time for each request, from the first byte to the last: one that keeps a connection busy with a
  request that never ends is told so, and cut. How many bytes a header may have is bounded as well.
- A client has to take its answer: one that reads next to nothing of it for as long is cut.
- Connections on which no request has come whole are bounded: of more, the one that waits for longest is closed.
- What cannot be read as HTTP is refused in the platform's form.
- What follows an upgrade request in the same packet belongs to the socket.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.trace import new_trace_id
from sut.common.websocket import SocketProtocol

# more than what comes in the first packet
MOST_HEADER_BYTES = 64 * 1024
# of an answer that waits, in the time that a client has for a request; the line may be slow
LEAST_TAKEN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a client may take up.

    Args:
        within_s: Seconds for a request, from its first byte (of the first one: from the connection) to its last; and
            for taking the next `LEAST_TAKEN_BYTES` of an answer.
        connections: How many connections may be open on which no whole request waits for its answer.
    """

    within_s: float
    connections: int


class ServerConfig(uvicorn.Config):
    """The server's settings, and what its connections share.

    Attributes:
        limits: What a client may take up.
        waiting: The connections on which no whole request waits for its answer, the latest last.
    """

    def __init__(self, app: Any, limits: RequestLimits, **options: Any) -> None:
        super().__init__(app, http=HttpProtocol, **options)
        self.limits = limits
        self.waiting: dict[HttpProtocol, None] = {}


class HttpProtocol(HttpToolsProtocol):
    """One HTTP connection, up to its end or its upgrade."""

    config: ServerConfig

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._arriving = False
        self._in_header = False
        self._header_bytes = 0
        self._not_taken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request.

        Args:
            transport: The connection.
        """
        super().connection_made(transport)
        self._wait(self.config.limits.within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection.

        Args:
            exc: Why it is gone, when it did not end in order.
        """
        self._wait_no_more()
        self._has_taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client; by themselves they buy no time.

        Args:
            data: The bytes.
        """
        in_header = self._in_header
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self._refuse(PlatformError("INVALID_REQUEST", "This is no HTTP/1.1 request."))
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._upgrade(data[upgrade.args[0] :])
        else:
            if in_header and self._in_header:
                self._header_bytes += len(data)
                if self._header_bytes > MOST_HEADER_BYTES:
                    self._refuse(
                        PlatformError("INVALID_REQUEST", f"A header may have at most {MOST_HEADER_BYTES} bytes.")
                    )

    def pause_writing(self) -> None:
        """Begin to watch whether the client takes what waits for it."""
        super().pause_writing()
        self._let_take()

    def resume_writing(self) -> None:
        """Watch no more: next to nothing waits."""
        self._has_taken()
        super().resume_writing()

    def on_message_begin(self) -> None:
        """Take the first byte of a request."""
        super().on_message_begin()
        self._arriving = self._in_header = True
        self._header_bytes = 0
        self._wait(self.config.limits.within_s)

    def on_headers_complete(self) -> None:
        """Take the end of a request's header."""
        self._in_header = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take the end of a request: from now on the client waits for its answer, unless it was answered before."""
        super().on_message_complete()
        self._arriving = False
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, or for the rest of one that was answered before it was there."""
        super().on_response_complete()
        if self._arriving:
            self._wait(self.config.limits.within_s)
        elif self.timeout_keep_alive_task is not None:
            self._wait(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection whose client took too long."""
        if self.flow.read_paused:
            self._wait(self.config.limits.within_s)  # its bytes may be there: it is us who do not read
        elif self._arriving and not self._is_being_answered():
            self._refuse(PlatformError("REQUEST_TIMEOUT", "The request did not come whole in time. Send it again."))
        else:
            super().timeout_keep_alive_handler()

    def _is_being_answered(self) -> bool:
        """See whether an answer has begun that another one must not follow: an earlier request's, or the early one."""
        if self.cycle is None:
            return False
        return not self.cycle.response_complete if self._in_header else self.cycle.response_started

    def _wait(self, within_s: float) -> None:
        self._wait_no_more()
        if self.transport.is_closing():
            return
        self.timeout_keep_alive_task = self.loop.call_later(within_s, self.timeout_keep_alive_handler)
        self.config.waiting[self] = None
        if len(self.config.waiting) > self.config.limits.connections:
            longest = next(iter(self.config.waiting))
            longest._wait_no_more()
            longest.transport.close()

    def _wait_no_more(self) -> None:
        self._unset_keepalive_if_required()
        self.config.waiting.pop(self, None)

    def _let_take(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._not_taken = self.loop.call_later(self.config.limits.within_s, self._look_what_was_taken, left)

    def _look_what_was_taken(self, left_before: int) -> None:
        """Cut a connection whose client does not read; closing it would wait until all was taken."""
        if self.transport.get_write_buffer_size() > left_before - LEAST_TAKEN_BYTES:
            self.transport.abort()
        else:
            self._let_take()

    def _has_taken(self) -> None:
        if self._not_taken is not None:
            self._not_taken.cancel()
            self._not_taken = None

    def _upgrade(self, early: bytes) -> None:
        self._wait_no_more()
        self._has_taken()
        if self.scope["http_version"] != "1.1" or not self.url.isascii():
            self._refuse(PlatformError("BAD_HANDSHAKE", "A WebSocket is opened with HTTP/1.1 and a path in ASCII."))
            return
        self.handle_websocket_upgrade()
        upgraded = self.transport.get_protocol()
        if early and isinstance(upgraded, SocketProtocol):
            upgraded.data_received(early)

    def _refuse(self, error: PlatformError) -> None:
        """Answer what never becomes a request of the application's, and close."""
        if self.transport.is_closing():
            return
        trace_id = new_trace_id()
        body = json.dumps({"error": error.as_dict(trace_id)}).encode()
        fields = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            "x-request-id": str(new_id()),
            "x-trace-id": trace_id,
        }
        head = b"".join(f"{name}: {value}\r\n".encode() for name, value in fields.items())
        self.transport.write(STATUS_LINE[error.status] + head + b"\r\n" + body)
        self.transport.close()

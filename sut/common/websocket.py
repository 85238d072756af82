"""The server's end of a WebSocket where uvicorn's own does not keep a promise.

- No close frame says 1011.
- A peer that answers no ping is dead: its connection is cut, nothing is said to it.
- Every connection that is to end has ended after `CLOSE_WITHIN_S`, whether or not its peer reads.
- A client whose close frame is answered may rely on it that its socket counts no more.
- What a client sends together with its upgrade, or before the answer to it, is kept until the socket is open.
- A client that is too big, or not UTF-8, hears why: its last bytes are read away first, so that no reset overtakes the
  close frame.
"""

import asyncio
import json
import logging
import socket
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.trace import new_trace_id

CLOSE_WITHIN_S = 2.0
# what may come before the socket is open; a client that sends more has to wait
MOST_EARLY_BYTES = 64 * 1024
WEBSOCKET_VERSION = "13"
SEND_BUFFER_BYTES = 64 * 1024


class _Wire(ServerProtocol):
    """The protocol's bytes, without the close code that a platform must never send."""

    def send_frame(self, frame: Frame) -> None:
        """Write a frame, of whatever kind.

        Args:
            frame: The frame.
        """
        if frame.opcode is Opcode.CLOSE and Close.parse(frame.data).code == CloseCode.INTERNAL_ERROR:
            frame = Frame(Opcode.CLOSE, Close(CloseCode.SERVICE_RESTART, "").serialize())
        super().send_frame(frame)


class SocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket, from its upgrade request on."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.close_timeout = CLOSE_WITHIN_S
        self.conn = _Wire(max_size=config.ws_max_size, logger=logging.getLogger("uvicorn.error"))
        self._early: bytearray | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._farewell: bytes | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone.

        Args:
            exc: Why, when it did not end in order.
        """
        super().connection_lost(exc)
        if self._cut is not None:
            self._cut.cancel()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client; those that come before the socket is open wait.

        Args:
            data: The bytes.
        """
        if self.handshake_initiated and not self.handshake_complete:
            self._keep(data)
        else:
            super().data_received(data)

    def eof_received(self) -> None:
        """Note that the client sends no more: the transport closes, and is cut if the client does not read either."""
        self._cut_later()

    def handle_connect(self, event: Request) -> None:
        """Take the upgrade request, or refuse what is no upgrade request.

        Args:
            event: The request.
        """
        refusal = _refusal(self.conn, event)
        if refusal is None:
            # left to itself the system would hide some megabytes of a slow reader's frames
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            super().handle_connect(event)
            return
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        self.conn.send_response(refusal)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()
        self._cut_later()

    async def run_asgi(self) -> None:
        """Let the application serve the socket; when it is done, so is the connection, within its time."""
        try:
            await super().run_asgi()
        finally:
            self._part()
            if not self.disconnected:
                if self.close_sent or self.transport.is_closing():
                    self._cut_later()
                else:
                    self.transport.abort()  # not even a close frame could be written

    async def send(self, message: Any) -> None:
        """Send what the application says.

        Args:
            message: An ASGI event.

        Raises:
            ClientDisconnected: The socket is closing already.
        """
        if self.handshake_complete and self.close_sent:
            raise ClientDisconnected
        if message["type"] == "websocket.close" and self._farewell is not None:
            self._part()
            return
        if message["type"] == "websocket.close":
            self._cut_later()  # also when the peer reads nothing and the close frame cannot even be written
        await super().send(message)
        if message["type"] == "websocket.accept" and self.handshake_complete:
            del self.request, self.response  # needed no more, and some kilobytes for as long as the socket is open
        if self._early is not None and self.handshake_complete:
            early, self._early = bytes(self._early), None
            if not self.transport.is_closing():
                self.transport.resume_reading()
                self.data_received(early)

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application, unless it is text that is no UTF-8."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(CloseCode.INVALID_DATA, "text is UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """End a socket whose client breaks the protocol, and let it hear why."""
        if self.close_sent or self.transport.is_closing():
            return
        close = self.conn.close_sent
        self.close_sent = True
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code if close else 1006, "reason": ""})
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        # what still comes is thrown away; the connection ends when the client's side does, or is cut
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    def handle_close(self, event: Frame) -> None:
        """Take the client's close frame; it is answered when the application has put away what belonged to the socket.

        Args:
            event: The close frame.
        """
        close = self.conn.close_rcvd
        if self.close_sent or self.transport.is_closing() or close is None:
            super().handle_close(event)
            self._cut_later()
            return
        self._farewell = b"".join(self.conn.data_to_send())
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_S, self._part)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})

    def keepalive_timeout(self) -> None:
        """Cut the connection of a peer that has not answered a ping."""
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.read_paused and self.writable.is_set():
            self.schedule_ping()  # its answer may be among what has not been read yet
        else:
            self.transport.abort()

    def shutdown(self) -> None:
        """End the socket because the server stops."""
        self._part()
        if self.handshake_complete and not self.close_sent and self.conn.state is not State.OPEN:
            self.stop_keepalive()
            self.transport.close()
        else:
            super().shutdown()
        self._cut_later()

    def _part(self) -> None:
        """Answer the client's close frame."""
        if self._farewell is None:
            return
        self.transport.write(self._farewell)
        self._farewell = None
        self.close_sent = True
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.transport.close()
        self._cut_later()

    def _keep(self, data: bytes) -> None:
        if self._early is None:
            self._early = bytearray()
        self._early += data
        if len(self._early) >= MOST_EARLY_BYTES:
            self.transport.pause_reading()

    def _cut_later(self) -> None:
        if self._cut is None and not self.disconnected:
            self._cut = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)


def _refusal(conn: ServerProtocol, request: Request) -> Response | None:
    """Look whether a request is an upgrade as RFC 6455 wants it."""
    answer = conn.accept(request)
    if answer.status_code == 101:
        return None
    if request.headers.get_all("Sec-WebSocket-Version") != [WEBSOCKET_VERSION]:
        error = PlatformError("UPGRADE_REQUIRED", f"This needs WebSocket version {WEBSOCKET_VERSION}.")
    else:
        error = PlatformError("BAD_HANDSHAKE", "This is no WebSocket upgrade as RFC 6455 wants it.")
    trace_id = new_trace_id()
    refusal = conn.reject(error.status, json.dumps({"error": error.as_dict(trace_id)}))
    del refusal.headers["Content-Type"]
    refusal.headers["Content-Type"] = "application/json"
    refusal.headers["X-Request-Id"] = str(new_id())
    refusal.headers["X-Trace-Id"] = trace_id
    if error.code == "UPGRADE_REQUIRED":
        refusal.headers["Sec-WebSocket-Version"] = WEBSOCKET_VERSION
        refusal.headers["Upgrade"] = "websocket"
    return refusal

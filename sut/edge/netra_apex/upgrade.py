"""``/ws``: every upgrade gets 101, then a greeting, or an error frame and the end."""

import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from sut.backend.identity import selected_subprotocol
from sut.common.trace import traceparent
from sut.edge.netra_apex.carriers import Refused, carried_token, refusal_of
from sut.edge.netra_apex.errors import error_frame
from sut.edge.netra_apex.events import Events
from sut.edge.netra_apex.greeting import Greeting
from sut.edge.netra_apex.reference import away, error_of
from sut.edge.netra_apex.relay import Relay

OPEN_WITHIN_S = 5.0
CLOSE_WITHIN_S = 2.0
# what of the backend is read ahead of a client that reads slowly
FRAMES_AHEAD = 16
LARGEST_FRAME_BYTES = 1024 * 1024
REFUSED_CODE = 1008


class Upgrade:
    """Opens sockets before one backend.

    Args:
        url: The socket address of the backend behind.
        greeting: Writes the first frames.
        query_token: Whether a token may stand in the query.
    """

    def __init__(self, url: str, greeting: Greeting, *, query_token: bool) -> None:
        self._url = url
        self._greeting = greeting
        self._query_token = query_token

    async def serve(self, websocket: WebSocket) -> None:
        """Let a client in or refuse it, and keep its socket until one of both ends is closed.

        Args:
            websocket: The upgrade.
        """
        try:
            await websocket.accept(selected_subprotocol(websocket.scope["subprotocols"]))
            try:
                inner = await self._open(websocket)
            except Refused as refused:
                await websocket.send_text(json.dumps(error_frame(refused.code, refused.message)))
                await websocket.close(REFUSED_CODE, refused.code)
                return
        except (WebSocketDisconnect, OSError):
            return  # the client left before it heard anything
        await Relay(websocket, inner, Events(self._greeting)).run()

    async def _open(self, websocket: WebSocket) -> ClientConnection:
        """Open the socket behind, in the client's name."""
        token = carried_token(websocket, query=self._query_token)
        headers = {"Authorization": f"Bearer {token}", "traceparent": traceparent()}
        headers |= {name: websocket.headers[name] for name in ("user-agent",) if name in websocket.headers}
        options: dict[str, Any] = {
            # a page of somebody else is refused by the backend, which knows the pages that it allows
            "origin": websocket.headers.get("origin"),
            "additional_headers": headers,
            "user_agent_header": None,
            "proxy": None,
            "compression": None,
            "open_timeout": OPEN_WITHIN_S,
            "close_timeout": CLOSE_WITHIN_S,
            "max_size": LARGEST_FRAME_BYTES,
            "max_queue": FRAMES_AHEAD,
        }
        try:
            return await connect(self._url, **options)
        except InvalidStatus as answer:
            raise refusal_of(error_of(answer.response.status_code, bytes(answer.response.body))) from None
        except (InvalidHandshake, OSError, TimeoutError, EOFError):
            raise refusal_of(away()) from None

"""A backend that does what a test says, and the real adapter in front of it."""

import asyncio
import http
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_user import Chat
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from goldenpath.platform import ports
from goldenpath.platform.http_service import HttpService

TOKEN = "a.b.c"
USER = "01a1fd31-ac29-73c1-80de-1ffdab3288d3"
GREETING = {"connection_id": "c", "heartbeat_s": 15.0, "limits": {"message_bytes": 65536}}


def frame(kind: str, **data: Any) -> str:
    at = "2026-11-21T08:20:53.250Z"
    return json.dumps({"type": kind, "timestamp": at, "user_id": USER, "trace_id": "t", "data": data})


def numbered(number: int, padding: str = "") -> str:
    return frame("error", error={"code": "INVALID_INPUT", "message": str(number), "details": {"padding": padding}})


@dataclass
class StandIn:
    """What stands behind: `behave` is run for each socket after its greeting."""

    behave: Callable[[ServerConnection], Awaitable[None]] = ServerConnection.wait_closed
    refuse: dict[str, Any] | None = None
    sockets: list[ServerConnection] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def serve(self, socket: ServerConnection) -> None:
        self.sockets.append(socket)
        await socket.send(frame("connection_established", **GREETING))
        await self.behave(socket)

    def look(self, connection: ServerConnection, request: Request) -> Response | None:
        self.tokens.append(request.headers["Authorization"])
        if self.refuse is None:
            return None
        return connection.respond(http.HTTPStatus(self.refuse["status"]), json.dumps(self.refuse["body"]))


@dataclass
class Front:
    """The adapter in front of a stand-in."""

    behind: StandIn
    edge: HttpService
    port: int

    async def chat(self, *, query: bool = False, greeted: bool = True) -> Chat:
        headers = None if query else {"Authorization": f"Bearer {TOKEN}"}
        path = f"/ws?token={TOKEN}" if query else "/ws"
        chat = Chat(await connect(f"ws://127.0.0.1:{self.port}{path}", additional_headers=headers, proxy=None))
        if greeted:
            assert [(await chat.next())["type"], (await chat.next())["type"]] == ["system_message", "ping"]
        return chat

    async def behind_closed(self, within_s: float) -> int | None:
        async with asyncio.timeout(within_s):
            await self.behind.sockets[-1].wait_closed()
        return self.behind.sockets[-1].close_code


@asynccontextmanager
async def front(shared: Path, *options: str) -> AsyncIterator[Front]:
    """Start both; at the end neither is left."""
    behind, port = StandIn(), ports.free_port()
    async with serve(behind.serve, "127.0.0.1", 0, process_request=behind.look, ping_interval=None) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        edge = HttpService(
            "edge",
            shared,
            "sut.edge.netra_apex",
            arguments=("--auth-url", url, "--backend-port", str(port), "--backend-url", url, *options),
            env={"GP_DEV_LOGIN_PASSWORD": "correct horse battery staple of the fixed user"},
            ready_paths=(),
            port_option="--auth-port",
        )
        try:
            await edge.ready()
            yield Front(behind, edge, port)
        finally:
            await asyncio.to_thread(edge.stop)
            ports.give_back(port)

import asyncio
import socket
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from sut.common.websocket import SocketProtocol

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def accepting(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


async def test_an_open_socket_does_not_keep_its_upgrade_request() -> None:
    loop = asyncio.get_running_loop()
    config = Config(accepting, ws="none", log_config=None, ws_per_message_deflate=False)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    transport, protocol = await loop.create_connection(
        lambda: SocketProtocol(config, ServerState(), {}, loop), sock=ours
    )
    try:
        await loop.sock_sendall(theirs, UPGRADE)
        assert (await asyncio.wait_for(loop.sock_recv(theirs, 65536), 5)).startswith(b"HTTP/1.1 101 ")
        kept = [type(value).__name__ for value in vars(protocol).values()]
        assert protocol.handshake_complete
        assert not {"Request", "Response"} & set(kept)
    finally:
        transport.abort()
        theirs.close()

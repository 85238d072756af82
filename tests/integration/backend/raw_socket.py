"""A WebSocket client that says what it is told to say, well formed or not."""

import asyncio
import json
import os
import socket
import struct
from typing import Any
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GONE = 1006
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def frame(payload: bytes = b"", opcode: int = TEXT, *, fin: bool = True, masked: bool = True, rsv: int = 0) -> bytes:
    """A frame's bytes."""
    first = (0x80 if fin else 0) | (rsv << 4) | opcode
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, bit | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, bit | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, bit | 127, len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def says(kind: str, payload: dict[str, Any] | None = None, **more: Any) -> bytes:
    """A good client frame's bytes."""
    return frame(json.dumps({"type": kind, "payload": payload or {}, **more}).encode())


def closes(code: int, reason: bytes = b"") -> bytes:
    """A close frame's bytes."""
    return frame(struct.pack("!H", code) + reason, CLOSE)


class RawSocket:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, url: str, receive_buffer: int | None = None) -> "RawSocket":
        """Connect, and say nothing yet."""
        parts = urlsplit(url)
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, (parts.hostname, parts.port))
        limit = 2**16 if receive_buffer is None else receive_buffer
        return cls(*await asyncio.open_connection(sock=plain, limit=limit))

    async def upgrade(
        self,
        token: str,
        *,
        early: bytes = b"",
        method: str = "GET",
        path: str = "/ws",
        version: str = "HTTP/1.1",
        **headers: str | None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask for the upgrade; headers replace the good ones (`_` for `-`), `None` leaves one out."""
        sent: dict[str, str | None] = {
            "host": "localhost",
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-key": KEY,
            "sec-websocket-version": "13",
            "authorization": f"Bearer {token}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [
            f"{method} {path} {version}",
            *(f"{name}: {value}" for name, value in sent.items() if value is not None),
        ]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + early)
        return await self.answer()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read an HTTP answer: status, headers, body."""
        async with asyncio.timeout(5):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split()[1]), headers, body

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def read(self, within_s: float = 5) -> tuple[int, bytes]:
        """Read one frame: opcode and payload."""
        async with asyncio.timeout(within_s):
            first, second = await self.reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                length = struct.unpack("!H", await self.reader.readexactly(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", await self.reader.readexactly(8))[0]
            return first & 0x0F, await self.reader.readexactly(length)

    async def until(self, kind: str, within_s: float = 5) -> dict[str, Any]:
        """Read to the next frame of a type."""
        async with asyncio.timeout(within_s):
            while True:
                opcode, payload = await self.read(within_s)
                if opcode == CLOSE:
                    raise AssertionError(f"closed with {struct.unpack('!H', payload[:2])[0]}")
                if opcode == TEXT and (told := json.loads(payload))["type"] == kind:
                    return dict(told)

    async def end(self, within_s: float = 5) -> int:
        """Read to the end: the close code, 1006 without one."""
        async with asyncio.timeout(within_s):
            try:
                while True:
                    opcode, payload = await self.read(within_s)
                    if opcode == CLOSE:
                        return int(struct.unpack("!H", payload[:2])[0]) if payload else 1005
            except (asyncio.IncompleteReadError, ConnectionError):
                return GONE

    def drop(self) -> None:
        """Be gone."""
        self.writer.transport.abort()

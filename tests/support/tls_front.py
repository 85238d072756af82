"""HTTPS and WSS before services that speak neither, with a certificate authority made for the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from goldenpath import runtime

HOST = "127.0.0.1"
BLOCK_BYTES = 64 * 1024
# a client that does not answer the end of its connection is not waited for
END_WITHIN_S = 0.5


@dataclass(frozen=True)
class TlsFront:
    """A running front.

    Args:
        urls: Where it stands, in the order of the addresses behind: ``https://127.0.0.1:port``.
        ca_file: The certificate of the authority that has signed its certificate, as PEM.
        other_ca_file: The certificate of an authority that has not.
    """

    urls: list[str]
    ca_file: Path
    other_ca_file: Path

    @property
    def ws_urls(self) -> list[str]:
        """The same addresses for sockets: ``wss://127.0.0.1:port/ws``."""
        return [f"wss{url.removeprefix('https')}/ws" for url in self.urls]


@contextmanager
def tls_front(urls: Sequence[str], directory: Path) -> Iterator[TlsFront]:
    """Stand before services, on the event loop of the process, until the block ends.

    Args:
        urls: The services: ``http://127.0.0.1:port``.
        directory: Where the authorities' certificates are written.

    Yields:
        The front.
    """
    authority, other = trustme.CA(), trustme.CA()
    certificates = directory / "ca.pem", directory / "other_ca.pem"
    for one, path in zip((authority, other), certificates, strict=True):
        one.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    stack = AsyncExitStack()

    async def start() -> list[int]:
        return [await stack.enter_async_context(_listening(url, context)) for url in urls]

    ports = runtime.run(start())
    try:
        yield TlsFront([f"https://{HOST}:{port}" for port in ports], *certificates)
    finally:
        runtime.run(stack.aclose())


@asynccontextmanager
async def _listening(url: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    behind = urlsplit(url)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        try:
            await _join(reader, writer, behind.hostname or HOST, behind.port or 80)
        finally:
            connections.discard(task)

    server = await asyncio.start_server(serve, HOST, 0, ssl=context, ssl_shutdown_timeout=END_WITHIN_S)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Carry bytes both ways until one side ends."""
    to_end = [writer]
    try:
        with suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection(host, port)
            to_end.append(inner_writer)
            ways = [
                asyncio.create_task(_carry(reader, inner_writer)),
                asyncio.create_task(_carry(inner_reader, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
    finally:
        for one in to_end:
            one.close()
        for one in to_end:
            with suppress(OSError, asyncio.CancelledError):
                await one.wait_closed()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK_BYTES):
        writer.write(block)
        await writer.drain()

"""A server of the set that is a Python module and speaks HTTP."""

import asyncio
import json
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from goldenpath.platform import ports
from goldenpath.platform.environment import service_environment
from goldenpath.platform.order import ServerOrder
from goldenpath.platform.process import ServerProcess
from goldenpath.polling import NotYet

READY_WITHIN_S = 30.0
OK = 200


class HttpService:
    """A running module.

    Args:
        name: How messages call it.
        shared: The platform's directory.
        module: What ``python -m`` runs.
        arguments: More of its command line; no secrets.
        env: Its settings, secrets too.
        uses: Servers that must stay until this one is gone.
        live_path: Where it proves who it is, by the ``instance_token`` that it was given; empty where it cannot.
        ready_paths: Answer 200 when the service is ready. They are asked in this order, and the first often: that one
            should cost little.
        port: Where it listens; without it on a free one.
        port_option: The option that tells it so.
        launcher: What ``python -m`` runs instead, with the module and its command line behind its own.
    """

    def __init__(
        self,
        name: str,
        shared: Path,
        module: str,
        *,
        arguments: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
        uses: Iterable[ServerProcess] = (),
        live_path: str = "/health/live",
        ready_paths: tuple[str, ...] = ("/health/startup", "/health/ready"),
        port: int | None = None,
        port_option: str = "--port",
        launcher: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self._port = ports.free_port() if port is None else port
        self.token = secrets.token_hex(16)
        self._live_path, self._ready_paths = live_path, ready_paths
        self._proven = False
        order = ServerOrder(
            name=name,
            shared=shared,
            argv=(sys.executable, "-m", *launcher, module, port_option, str(self._port), *arguments),
            env=service_environment(**(env or {}), GP_INSTANCE_TOKEN=self.token),
            port=self._port,
        )
        self.process = ServerProcess(order, uses)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{ports.HOST}:{self._port}"

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://{self.address}"

    async def ready(self) -> None:
        """Wait until it proves that it is the one that was started, and says that it is ready.

        Raises:
            PlatformStartError: It does not come up.
        """
        self._proven = not self._live_path
        await self.process.ready(self._look, READY_WITHIN_S)

    async def _look(self) -> bool:
        if not self._proven:
            status, body = await get(self._port, self._live_path)
            if status != OK or json.loads(body).get("instance_token") != self.token:
                raise NotYet("another server on this port")
            self._proven = True
        for path in self._ready_paths:
            status, body = await get(self._port, path)
            if status != OK:
                raise NotYet(f"{status} {body.decode(errors='replace')}")
        return True

    def release(self) -> None:
        """Let it begin to stop, once those that use it are gone."""
        self.process.release()

    def stop(self) -> None:
        """Stop it, remove what it wrote, and wait for both."""
        self.process.stop()
        ports.give_back(self._port)


async def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask a server of this run, without loading an HTTP client for it.

    Args:
        port: Its port on the loopback address.
        path: What to get.

    Returns:
        Status and body.
    """
    reader, writer = await asyncio.open_connection(ports.HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {ports.HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdigit():
        raise NotYet("no HTTP answer")
    return int(words[1]), body

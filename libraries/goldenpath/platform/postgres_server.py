"""One PostgreSQL server: its command line, its address, and the proof that it is the one that was started."""

import signal
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from goldenpath.platform.order import Account, DataCopy, ServerOrder
from goldenpath.platform.ports import HOST
from goldenpath.platform.postgres_binaries import PostgresBinaries
from goldenpath.platform.process import ServerProcess
from goldenpath.polling import NotYet

SUPERUSER = "postgres"
SERVICE_ACCOUNT = "gp_service"
DATABASE = "goldenpath"
PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True)
class PostgresAddress:
    """Where a server listens and how it is known.

    Args:
        port: TCP port on the loopback address.
        password: The superuser's.
        service_password: That of the account in which the services log in.
        token: The name that it shows, so that nobody takes another server for it.
    """

    port: int
    password: str = field(repr=False)
    token: str
    service_password: str = field(repr=False, default="")

    @property
    def service_url(self) -> str:
        """The migrated database as the services log in, with the password."""
        return f"postgresql://{SERVICE_ACCOUNT}:{self.service_password}@{HOST}:{self.port}/{DATABASE}"

    def url(self, database: str = DATABASE) -> str:
        """Give the address of a database, with the password in it.

        Args:
            database: Its name.

        Returns:
            ``postgresql://…``
        """
        return f"postgresql://{SUPERUSER}:{self.password}@{HOST}:{self.port}/{database}"


def postgres_order(
    shared: Path,
    binaries: PostgresBinaries,
    account: Account | None,
    address: PostgresAddress,
    *,
    data_directory: Path | None = None,
    copied_from: DataCopy | None = None,
) -> ServerOrder:
    """Say how the server is started.

    Args:
        shared: The platform's directory.
        binaries: PostgreSQL's programs.
        account: Who runs them; `None` is the owner.
        address: Where it is to listen.
        data_directory: An existing data directory; or:
        copied_from: The tree that is copied first.

    Returns:
        The order for its guard.
    """
    data = data_directory or shared / "postgres" / "data"
    argv = [str(binaries.bin / "postgres"), "-D", str(data), "-p", str(address.port)]
    return ServerOrder(
        name="postgres",
        shared=shared,
        argv=(*argv, "-c", f"cluster_name={address.token}"),
        env={"LC_ALL": "C", "TZ": "UTC"},
        account=account,
        data=copied_from,
        port=address.port,
        # Fast shutdown, then immediate; never SIGKILL first, which leaves a segment of shared memory behind.
        stop=((signal.SIGINT, 1.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 2.0)),
        if_guard_dies=signal.SIGQUIT,
    )


async def wait_for_postgres(server: ServerProcess, address: PostgresAddress, database: str, within_s: float) -> str:
    """Wait until the server answers under its own name.

    Args:
        server: The process.
        address: Where it listens.
        database: A database to connect to.
        within_s: Seconds from now.

    Returns:
        The server's version, for example ``18.6``.

    Raises:
        PlatformStartError: It ended, could not be started, or did not answer in time.
    """

    async def look() -> str:
        try:
            connection = await asyncpg.connect(address.url(database), ssl=False, timeout=PROBE_TIMEOUT_S)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as refusal:
            raise NotYet(f"{type(refusal).__name__}") from None
        try:
            name = await connection.fetchval("SHOW cluster_name")
            if name != address.token:
                raise NotYet("another server on this port")
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close(timeout=PROBE_TIMEOUT_S)

    return await server.ready(look, within_s)

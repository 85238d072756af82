"""The user's own PostgreSQL and Redis: this run makes a database and keys of its own there, and removes them."""

import asyncio
import secrets
import sys
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from goldenpath.errors import PlatformStartError
from goldenpath.platform.environment import service_environment
from goldenpath.platform.order import AtEnd, ServerOrder
from goldenpath.platform.postgres_template import migrate
from goldenpath.platform.process import ServerProcess
from goldenpath.platform.roles import roles_of

POSTGRES_VARIABLE = "GOLDENPATH_POSTGRES_URL"
REDIS_VARIABLE = "GOLDENPATH_REDIS_URL"
CONNECT_WITHIN_S = 10.0


def cleanup_order(name: str, shared: Path, **env: str) -> ServerOrder:
    """Order a guard that has no server, only something to remove at the end.

    Args:
        name: How messages call it.
        shared: The platform's directory.
        env: What `goldenpath.platform.cleanup` is to remove.

    Returns:
        The order.
    """
    argv = (sys.executable, "-m", "goldenpath.platform.cleanup")
    return ServerOrder(name=name, shared=shared, at_end=AtEnd(argv, service_environment(**env)))


class OwnPostgres:
    """A migrated database of this run's own on the user's server.

    Args:
        shared: The platform's directory.
        server_url: The user's server.

    Attributes:
        service_url: The database as the services log in, with the password.
        url: The database as one sees all of it, with the password; known once it is ready.
    """

    def __init__(self, shared: Path, server_url: str) -> None:
        self._server_url = server_url
        self._database = f"gp_{secrets.token_hex(8)}"
        self.service_url = urlsplit(server_url)._replace(path=f"/{self._database}").geturl()
        self.url = self.service_url
        self.version = ""
        # Before the database is made: so it is removed even if this process is killed in the next moment.
        variables = {"GP_CLEANUP_POSTGRES_URL": server_url, "GP_CLEANUP_DATABASE": self._database}
        self.process = ServerProcess(cleanup_order("postgres", shared, **variables))

    async def ready(self) -> None:
        """Make the database and its tables.

        Raises:
            PlatformStartError: The server cannot be reached or refuses it.
        """
        try:
            connection = await asyncpg.connect(self._server_url, timeout=CONNECT_WITHIN_S)
        except asyncpg.PostgresError as error:
            raise _refused(POSTGRES_VARIABLE, f"refuses the account ({type(error).__name__})") from None
        except (OSError, TimeoutError, ValueError, asyncpg.InterfaceError) as error:
            raise _refused(POSTGRES_VARIABLE, f"cannot be reached ({type(error).__name__})") from None
        try:
            self.version = str(await connection.fetchval("SHOW server_version"))
            await connection.execute(f'CREATE DATABASE "{self._database}"')
        except asyncpg.InsufficientPrivilegeError:
            raise _refused(POSTGRES_VARIABLE, "does not let the account make a database: grant it CREATEDB") from None
        finally:
            await connection.close(timeout=CONNECT_WITHIN_S)
        await asyncio.to_thread(migrate, self.service_url, "--role-suffix", f"_{self._database}")
        await self._see_all()

    async def _see_all(self) -> None:
        """Let `url` be the role that sees all rows, where row-level security hides them from the account itself."""
        connection = await asyncpg.connect(self.service_url, timeout=CONNECT_WITHIN_S)
        try:
            _, system_role = roles_of(self._database)
            hidden = await connection.fetchval(
                "SELECT NOT rolsuper AND to_regrole($1) IS NOT NULL FROM pg_roles WHERE rolname = current_user",
                system_role,
            )
        finally:
            await connection.close(timeout=CONNECT_WITHIN_S)
        if hidden:
            mark = "&" if "?" in self.service_url else "?"
            self.url = f"{self.service_url}{mark}options=-crole%3D{system_role}"

    def release(self) -> None:
        """Let the database be removed, once those that use it are gone."""
        self.process.release()

    def stop(self) -> None:
        """Remove the database and wait for it."""
        self.process.stop()
        if self.version and not self.process.cleaned:
            warnings.warn(f"the database {self._database} on your PostgreSQL could not be removed", stacklevel=2)


class OwnRedis:
    """Keys with a prefix of this run's own on the user's server.

    Args:
        shared: The platform's directory.
        url: The user's server.
    """

    def __init__(self, shared: Path, url: str) -> None:
        self.url = url
        self.prefix = f"gp-{secrets.token_hex(8)}:"
        self.version = ""
        variables = {"GP_CLEANUP_REDIS_URL": url, "GP_CLEANUP_PREFIX": self.prefix}
        self.process = ServerProcess(cleanup_order("valkey", shared, **variables))

    async def ready(self) -> None:
        """See that the server answers.

        Raises:
            PlatformStartError: It cannot be reached or refuses the account.
        """
        import redis.asyncio  # noqa: PLC0415 - slow to load, and only for those who bring a server

        try:
            async with redis.asyncio.from_url(self.url, socket_connect_timeout=CONNECT_WITHIN_S) as client:
                facts = await client.info("server")
        except redis.AuthenticationError:
            raise _refused(REDIS_VARIABLE, "refuses the account") from None
        except (redis.RedisError, OSError, ValueError) as error:
            raise _refused(REDIS_VARIABLE, f"cannot be reached ({type(error).__name__})") from None
        self.version = str(facts.get("valkey_version") or facts["redis_version"])

    def release(self) -> None:
        """Let the keys be removed, once those that use them are gone."""
        self.process.release()

    def stop(self) -> None:
        """Remove the keys and wait for it."""
        self.process.stop()
        if self.version and not self.process.cleaned:
            warnings.warn(f"the keys {self.prefix}* on your Redis could not be removed", stacklevel=2)


def _refused(variable: str, what: str) -> PlatformStartError:
    return PlatformStartError(
        f"the server that {variable} names {what}: correct the address, or unset it to use an embedded server"
    )

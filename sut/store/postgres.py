"""PostgreSQL: a pool of named connections, and transactions that know for whom they work."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import asyncpg

from sut.common.collisions import CollidedError, repeating
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.settings import Isolation
from sut.store.access import Roles, act_as, find_roles
from sut.store.connection import Connection

__all__ = ["Connection", "Database", "newest_migration"]

_SPELLED: dict[Isolation, Literal["read_committed", "repeatable_read", "serializable"]] = {
    "read committed": "read_committed",
    "repeatable read": "repeatable_read",
    "serializable": "serializable",
}

POOL_SIZE = 10
# a connection that was needed in a rush only is closed again: each keeps its prepared statements, on both sides
IDLE_CONNECTION_S = 10.0
# how long a request waits for a connection, and for the answer to one statement: an outage is told within 5 s
ACQUIRE_TIMEOUT_S = 4.5
STATEMENT_TIMEOUT_S = 4.0
MIGRATIONS = Path(__file__).parent / "migrations" / "versions"

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_IN_DOUBT = (asyncio.CancelledError, *_AWAY)
_WAIT_FOR_TURN = "SELECT pg_advisory_lock(hashtextextended($1, 0))"
_COLLIDED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

T = TypeVar("T")


class Database:
    """The platform's database, as one process sees it.

    Args:
        pool: The connections; use `open` to make one.
        isolation: How far transactions are kept apart.
        system_only: Whether all work here is the system's own, for whomever it is done.
    """

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        isolation: Isolation = "read committed",
        *,
        system_only: bool = False,
    ) -> None:
        self._pool = pool
        self._isolation = isolation
        self._system_only = system_only
        self._roles: Roles | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        service: str,
        pool_size: int = POOL_SIZE,
        isolation: Isolation = "read committed",
        system_only: bool = False,
    ) -> "Database":
        """Make a pool; it connects when it is first used, so a server that is away is no error here.

        Args:
            url: ``postgresql://user[:password]@host:port/database``.
            service: Who works here; its connections are named ``gp-<service>-<n>`` for whoever looks into the server.
            pool_size: How many connections there may be.
            isolation: How far transactions are kept apart.
            system_only: Whether all work here is the system's own, for whomever it is done.

        Returns:
            The database.
        """
        numbers = itertools.count(1)

        async def connect(*args: Any, **kwargs: Any) -> "asyncpg.Connection[asyncpg.Record]":
            name = f"gp-{service}-{next(numbers)}"
            return await asyncpg.connect(*args, **kwargs, server_settings={"application_name": name})

        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            max_inactive_connection_lifetime=IDLE_CONNECTION_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            connect=connect,
            init=_speak_json,
        )
        return cls(pool, isolation, system_only=system_only)

    @asynccontextmanager
    async def transaction(self, identity: Identity | None, *, turn: str | None = None) -> AsyncIterator[Connection]:
        """Work in one transaction: all of it is stored, or nothing.

        Do nothing but database work inside: an ``OSError`` or ``TimeoutError`` in here counts as an outage.

        The transaction works in a role of its own: for a user the policies of row-level security show that user's rows
        and no others, whatever a statement asks for; for the system they show all.

        Args:
            identity: For whom; the database sees it as ``app.tenant_id`` and ``app.user_id``. ``None`` for the system's
                own work.
            turn: Transactions with the same name here are done one after the other, over all processes, and each sees
                what those before it have stored.

        Yields:
            A connection inside the transaction.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: the server is away, the pool is full for `ACQUIRE_TIMEOUT_S`
                seconds, or the transaction collided with another one: then it is a `CollidedError`, and can be done
                again, see `run` and `sut.common.collisions`.
        """
        async with self._connection() as conn:
            if turn is not None:
                # Waited for before the transaction begins: above read committed it would see what was stored when it
                # began to wait. The pool unlocks whatever a connection has locked as soon as it gets it back.
                await conn.execute(_WAIT_FOR_TURN, turn)
            work = conn.transaction(isolation=_SPELLED[self._isolation])
            async with asyncio.timeout(STATEMENT_TIMEOUT_S):
                await work.start()
            try:
                async with asyncio.timeout(STATEMENT_TIMEOUT_S):
                    await self._take_role(conn, identity)
                yield conn
            except _IN_DOUBT:
                raise  # the connection is cut, and with it the transaction; a rollback could wait for long
            except BaseException:
                await work.rollback()
                raise
            await work.commit()

    async def run(
        self, identity: Identity | None, work: Callable[[Connection], Awaitable[T]], *, turn: str | None = None
    ) -> T:
        """Do work in one transaction, and again when it collides with another one.

        Args:
            identity: For whom, as in `transaction`.
            work: Does nothing but database work; may be called several times.
            turn: As in `transaction`.

        Returns:
            What the work returned.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``, as in `transaction`; for a collision only after repetitions.
        """

        async def once() -> T:
            async with self.transaction(identity, turn=turn) as conn:
                return await work(conn)

        return await repeating(once)

    async def check_row_security(self) -> None:
        """See whether row-level security is there.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: it is not, or the server is away.
        """
        if self._roles is None:
            await self.ping()
        if self._roles is None:
            raise _unavailable(
                "Row-level security is off: the account that migrated the database may not make roles. "
                "Users are kept apart by the statements alone."
            )

    async def ping(self) -> None:
        """See whether the server answers.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: it does not.
        """
        async with self.transaction(None) as conn:
            await conn.execute("SELECT 1")

    async def schema_is_current(self) -> bool:
        """See whether the database has the newest migration.

        Returns:
            Whether it has.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: the server is away.
        """
        async with self.transaction(None) as conn:
            if await conn.fetchval("SELECT to_regclass('alembic_version')") is None:
                return False
            return bool(await conn.fetchval("SELECT version_num FROM alembic_version") == newest_migration())

    def pool_use(self) -> dict[str, float]:
        """Count the pool's connections.

        Returns:
            ``used``: lent just now; ``free``: how many more may be lent at once, open already or not.
        """
        used = self._pool.get_size() - self._pool.get_idle_size()
        return {"used": used, "free": self._pool.get_max_size() - used}

    async def close(self) -> None:
        """Close all connections; one that does not close within a second is cut."""
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """Lend a connection; one in doubt afterwards is cut, neither waited for nor handed to the next request."""
        conn = await self._acquire()
        try:
            yield conn
        except asyncio.CancelledError:
            _cut(conn)
            raise
        except _COLLIDED as error:
            raise CollidedError("SERVICE_UNAVAILABLE", "The database is busy; try again.", 1) from error
        except (*_AWAY, asyncpg.InterfaceError) as error:
            if isinstance(error, asyncpg.InterfaceError) and not _is_gone(conn):
                raise  # the caller's mistake, for example a wrong number of arguments
            _cut(conn)
            raise _unavailable("The database does not answer just now; try again shortly.") from error
        finally:
            await self._give_back(conn)

    async def _give_back(self, conn: Connection) -> None:
        # What was to be done is done, or told, by now: a connection that ends while it is tidied takes nothing along,
        # and the pool makes a new one.
        with suppress(*_AWAY, asyncpg.InterfaceError):
            await self._pool.release(conn)

    async def _take_role(self, conn: Connection, identity: Identity | None) -> None:
        # asked until there are some: a service may be there before the migration
        self._roles = self._roles or await find_roles(conn)
        if self._roles is None:
            role = None
        else:
            role = self._roles.system if identity is None or self._system_only else self._roles.requests
        await act_as(conn, role, identity)

    async def _acquire(self) -> Connection:
        try:
            return await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except (*_AWAY, asyncpg.InterfaceError) as error:
            raise _unavailable("The database does not answer just now; try again shortly.") from error
        except _REFUSED as error:
            raise _unavailable("The database refuses this account, or does not exist.") from error


def newest_migration() -> str:
    """Name the schema's newest version.

    Returns:
        Its number, for example ``0001``: what the file name of the newest migration begins with.
    """
    return max(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py"))


def _is_gone(conn: Connection) -> bool:
    """Tell whether a connection was closed; the pool lets go of one whose server has ended while it is lent."""
    try:
        return conn.is_closed()
    except asyncpg.InterfaceError:
        return True


def _cut(conn: Connection) -> None:
    """Cut a connection, unless the pool has let go of it already."""
    with suppress(asyncpg.InterfaceError):
        conn.terminate()


async def _speak_json(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    for name in ("json", "jsonb"):
        await conn.set_type_codec(name, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


def _unavailable(message: str) -> PlatformError:
    return PlatformError("SERVICE_UNAVAILABLE", message, retry_after_s=1)

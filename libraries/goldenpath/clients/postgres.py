"""PostgreSQL as a test reads it: the oracle behind what the platform says, and the place for set-up rows."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from goldenpath.clients.address import named
from goldenpath.errors import TargetError

_CONNECT_WITHIN_S = 5.0
_ANSWER_WITHIN_S = 10.0
_MOST_CONNECTIONS = 4


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    # Binary, so that `copy` can write such columns as well; the leading byte is the version of jsonb's wire format.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + json.dumps(value).encode(),
        decoder=lambda data: json.loads(data[1:]),
    )
    await connection.set_type_codec(
        "json",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: json.dumps(value).encode(),
        decoder=json.loads,
    )


class PostgresClient:
    """One database. Connections are made at the first call, on the loop that makes it.

    Args:
        url: ``postgresql://user:password@host:port/database``; the password never stands in an error.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = named("PostgreSQL", url, 5432)
        self._pool: asyncpg.Pool[Any] | None = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """Lend a connection, and say which server it was when it fails."""
        try:
            if self._pool is None:
                # Made before it is connected, so that calls side by side share one.
                self._pool = asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=_MOST_CONNECTIONS,
                    timeout=_CONNECT_WITHIN_S,
                    command_timeout=_ANSWER_WITHIN_S,
                    init=_prepare,
                    server_settings={"application_name": "goldenpath-oracle"},
                )
            async with (await self._pool).acquire() as connection:
                yield connection
        except TimeoutError:
            raise TargetError(f"{self._name} did not answer in time") from None
        except (
            OSError,
            asyncpg.PostgresConnectionError,
            asyncpg.CannotConnectNowError,
            asyncpg.InvalidAuthorizationSpecificationError,
            asyncpg.InvalidCatalogNameError,
            asyncpg.InternalClientError,  # what the driver says when it reads of the end while it writes
        ) as error:
            raise TargetError(f"{self._name} cannot be reached: {type(error).__name__}: {error}") from None

    async def fetch(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Read rows.

        Args:
            sql: A query with ``$1`` … for the arguments.
            *args: Its arguments.

        Returns:
            The rows, columns by name; json and jsonb as Python values, numeric as `decimal.Decimal`.

        Raises:
            TargetError: The server cannot be reached or does not answer.
        """
        async with self._connection() as connection:
            return [dict(row) for row in await connection.fetch(sql, *args)]

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """Read one value.

        Args:
            sql: A query with ``$1`` … for the arguments.
            *args: Its arguments.

        Returns:
            The first column of the first row; ``None`` without a row.

        Raises:
            TargetError: The server cannot be reached or does not answer.
        """
        async with self._connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> None:
        """Change something, for set-up.

        Args:
            sql: A statement with ``$1`` … for the arguments.
            *args: Its arguments.

        Raises:
            TargetError: The server cannot be reached or does not answer.
        """
        async with self._connection() as connection:
            await connection.execute(sql, *args)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows, all or none.

        Args:
            sql: A statement with ``$1`` … for the arguments.
            rows: The arguments of each.

        Raises:
            TargetError: The server cannot be reached or does not answer.
        """
        async with self._connection() as connection:
            await connection.executemany(sql, rows)

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write many rows by COPY, the fast way, all or none.

        Args:
            table: Its name.
            columns: The columns, in the order of the values.
            rows: The values.

        Raises:
            TargetError: The server cannot be reached or does not answer.
        """
        async with self._connection() as connection:
            await connection.copy_records_to_table(table, records=rows, columns=list(columns))

    async def close(self) -> None:
        """Close the connections; a later call makes new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

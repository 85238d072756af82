"""The oracle's PostgreSQL client against a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from goldenpath.clients.postgres import PostgresClient
from goldenpath.errors import TargetError, UsageError


@pytest.fixture
async def client(postgres_url: str) -> AsyncIterator[PostgresClient]:
    client = PostgresClient(postgres_url)
    yield client
    await client.close()


@pytest.fixture
async def table(client: PostgresClient) -> AsyncIterator[str]:
    """A table of this test alone."""
    name = f"clients_{uuid4().hex}"
    await client.execute(f"CREATE TABLE {name} (id uuid PRIMARY KEY, note jsonb, cost numeric(14, 6))")
    yield name
    await client.execute(f"DROP TABLE {name}")


async def test_values_come_as_python_knows_them(client: PostgresClient) -> None:
    rows = await client.fetch(
        "SELECT $1::uuid AS id, $2::jsonb AS note, '[1]'::json AS list, 0.1::numeric AS cost, NULL AS nothing",
        UUID(int=7),
        {"a": ["ü", None]},
    )
    assert rows == [
        {"id": UUID(int=7), "note": {"a": ["ü", None]}, "list": [1], "cost": Decimal("0.1"), "nothing": None}
    ]


async def test_one_value(client: PostgresClient) -> None:
    assert await client.fetch_value("SELECT 3") == 3
    assert await client.fetch_value("SELECT 3 WHERE false") is None


@pytest.mark.parametrize("way", ["execute_many", "copy"])
async def test_rows_for_set_up(client: PostgresClient, table: str, way: str) -> None:
    rows = [(uuid4(), {"n": n}, Decimal(n)) for n in range(200)]
    if way == "copy":
        await client.copy(table, ["id", "note", "cost"], rows)
    else:
        await client.execute_many(f"INSERT INTO {table} VALUES ($1, $2, $3)", rows)
    stored = await client.fetch(f"SELECT * FROM {table} ORDER BY cost")
    assert [tuple(row.values()) for row in stored] == rows


async def test_many_rows_are_written_all_or_none(client: PostgresClient, table: str) -> None:
    rows = [(UUID(int=n), None, None) for n in (1, 2, 1)]
    with pytest.raises(asyncpg.UniqueViolationError):
        await client.execute_many(f"INSERT INTO {table} VALUES ($1, $2, $3)", rows)
    assert await client.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_calls_side_by_side_from_the_first_one_on(client: PostgresClient) -> None:
    values = await asyncio.gather(*(client.fetch_value("SELECT $1::int", n) for n in range(20)))
    assert values == list(range(20))


async def test_it_can_be_used_again_after_closing(client: PostgresClient) -> None:
    assert await client.fetch_value("SELECT 1") == 1
    await client.close()
    assert await client.fetch_value("SELECT 1") == 1


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    client = PostgresClient("postgresql://me:hunter2@127.0.0.1:1/gp")
    with pytest.raises(TargetError, match=r"^PostgreSQL at 127\.0\.0\.1:1/gp cannot be reached: ") as failed:
        await client.fetch("SELECT 1")
    assert "hunter2" not in str(failed.value)
    await client.close()


async def test_a_database_that_is_not_there_is_named(postgres_url: str) -> None:
    client = PostgresClient(urlunsplit(urlsplit(postgres_url)._replace(path="/nowhere")))
    with pytest.raises(TargetError, match='InvalidCatalogNameError: database "nowhere" does not exist'):
        await client.fetch("SELECT 1")
    await client.close()


async def test_connections_lost_in_between_are_made_anew(client: PostgresClient, postgres_url: str) -> None:
    def backends() -> Awaitable[list[int]]:
        return asyncio.gather(*(client.fetch_value("SELECT pg_backend_pid() FROM pg_sleep(0.1)") for _ in range(4)))

    lost = await backends()
    assert len(set(lost)) == 4
    other = PostgresClient(postgres_url)
    await other.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", lost)
    await other.close()
    with suppress(TargetError):  # one call may meet a dead connection, and says so
        await client.fetch_value("SELECT 1")
    assert not set(await backends()) & set(lost)


def test_an_address_that_cannot_be_read_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="percent-encoded"):
        PostgresClient("postgresql://me:hun/ter@127.0.0.1:1/gp")

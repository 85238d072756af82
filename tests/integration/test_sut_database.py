"""The platform's transactions, on a real PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store import postgres
from sut.store.postgres import Database

ADA = Identity(new_id(), new_id(), new_id(), frozenset({"chat"}), datetime.now(UTC))


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    db = await Database.open(postgres_url, service="test", pool_size=2)
    yield db
    await db.close()


async def add_tenant(conn: postgres.Connection, name: str = "") -> UUID:
    tenant_id = new_id()
    await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", tenant_id, name)
    return tenant_id


async def exists(db: Database, tenant_id: UUID) -> bool:
    async with db.transaction(None) as conn:
        return bool(await conn.fetchval("SELECT count(*) FROM tenants WHERE id = $1", tenant_id))


async def test_the_database_is_told_for_whom_a_transaction_works_and_forgets_it(db: Database) -> None:
    question = "SELECT current_setting('app.user_id', true), current_setting('app.tenant_id', true)"
    async with db.transaction(ADA) as conn:
        row = await conn.fetchrow(question)
        assert row is not None
        assert tuple(row) == (str(ADA.user_id), str(ADA.tenant_id))
    async with db.transaction(None) as conn:
        row = await conn.fetchrow(question)
        assert row is not None
        assert not any(row)


async def test_all_is_stored_or_nothing(db: Database) -> None:
    async with db.transaction(None) as conn:
        stored = await add_tenant(conn)
    lost = []

    async def add_and_fail() -> None:
        async with db.transaction(None) as conn:
            lost.append(await add_tenant(conn))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    assert await exists(db, stored)
    assert not await exists(db, lost[0])


async def test_json_goes_in_and_comes_out_as_dicts(db: Database) -> None:
    value = {"a": [1, "ä", None], "b": {"c": 1.5}}
    async with db.transaction(None) as conn:
        assert await conn.fetchval("SELECT $1::jsonb", value) == value
        assert await conn.fetchval("SELECT $1::json", value) == value


async def test_a_cancelled_transaction_leaves_nothing_and_the_pool_whole(db: Database) -> None:
    lost: list[UUID] = []
    begun = asyncio.Event()

    async def never_ends() -> None:
        async with db.transaction(None) as conn:
            lost.append(await add_tenant(conn))
            begun.set()
            await conn.execute("SELECT pg_sleep(3)")

    for _ in range(5):  # more than the pool has connections
        begun.clear()
        task = asyncio.create_task(never_ends())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not any([await exists(db, tenant_id) for tenant_id in lost])


async def test_a_full_pool_is_waited_for_and_then_told(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ACQUIRE_TIMEOUT_S", 0.3)
    async with db.transaction(None), db.transaction(None):
        before = time.monotonic()
        with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE") as full:
            await db.ping()
        assert 0.25 < time.monotonic() - before < 2
    assert full.value.retry_after_s == 1
    await db.ping()


async def test_a_statement_that_does_not_end_is_an_outage(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "STATEMENT_TIMEOUT_S", 0.3)
    db = await Database.open(postgres_url, service="test", pool_size=1)
    with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE"):
        async with db.transaction(None) as conn:
            await conn.execute("SELECT pg_sleep(3)")
    await db.ping()
    await db.close()


async def test_transactions_that_collide_are_told_to_try_again(db: Database) -> None:
    first_locked, second_locked = asyncio.Event(), asyncio.Event()

    async def lock(mine: asyncio.Event, other: asyncio.Event, *numbers: int) -> str:
        try:
            async with db.transaction(None) as conn:
                await conn.execute("SELECT pg_advisory_xact_lock($1)", numbers[0])
                mine.set()
                await other.wait()
                await conn.execute("SELECT pg_advisory_xact_lock($1)", numbers[1])
        except PlatformError as error:
            return error.code
        return "stored"

    outcomes = await asyncio.gather(
        lock(first_locked, second_locked, 71, 72), lock(second_locked, first_locked, 72, 71)
    )
    assert sorted(outcomes) == ["SERVICE_UNAVAILABLE", "stored"]


async def test_a_mistake_of_ours_is_not_called_an_outage(db: Database) -> None:
    with pytest.raises(asyncpg.InterfaceError):
        async with db.transaction(None) as conn:
            await conn.execute("SELECT 1", "surplus")
    with pytest.raises(asyncpg.UndefinedTableError):
        async with db.transaction(None) as conn:
            await conn.execute("SELECT * FROM no_such_table")


@pytest.mark.parametrize("place", ["127.0.0.1:1/gp", "nobody.invalid/gp"])
async def test_a_server_that_is_away_is_told_without_its_address(place: str) -> None:
    db = await Database.open(f"postgresql://gp:hidden@{place}", service="test")
    with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE") as away:
        await db.ping()
    assert "hidden" not in str(away.value)
    await db.close()


async def test_a_wrong_account_or_database_is_told_as_such(postgres_url: str) -> None:
    db = await Database.open(postgres_url.rpartition("/")[0] + "/no_such_database", service="test")
    with pytest.raises(PlatformError, match="does not exist"):
        await db.ping()
    await db.close()


async def test_the_schema_is_current_only_with_the_newest_migration(db: Database, postgres_url: str) -> None:
    assert await db.schema_is_current()
    owner = await asyncpg.connect(postgres_url)
    await owner.execute("CREATE SCHEMA empty")
    elsewhere = await Database.open(f"{postgres_url}?options=-csearch_path%3Dempty", service="test")
    assert not await elsewhere.schema_is_current()
    await elsewhere.close()
    await owner.execute("DROP SCHEMA empty")
    await owner.close()


async def test_connections_are_named_and_numbered(db: Database) -> None:
    async with db.transaction(None) as one, db.transaction(None) as two:
        names = [await conn.fetchval("SELECT current_setting('application_name')") for conn in (one, two)]
    assert names == ["gp-test-1", "gp-test-2"]


async def test_connections_that_only_a_rush_needed_are_closed_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "IDLE_CONNECTION_S", 0.2)
    db = await Database.open(postgres_url, service="rush", pool_size=4)
    watcher = await asyncpg.connect(postgres_url)
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'gp-rush-%'"
    try:
        await asyncio.gather(*(db.ping() for _ in range(4)))
        assert await watcher.fetchval(open_ones) == 4
        async with asyncio.timeout(5):
            while await watcher.fetchval(open_ones):
                await watcher.execute("SELECT pg_sleep(0.05)")
        await db.ping()
    finally:
        await watcher.close()
        await db.close()

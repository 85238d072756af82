"""Transactions that collide, at each isolation level, on a real PostgreSQL: done again, and told after three times."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from store_rows import Rows

from goldenpath.platform.postgres import EmbeddedPostgres
from sut.common.collisions import CollidedError, gave_up
from sut.common.errors import PlatformError
from sut.common.settings import ISOLATIONS, Isolation
from sut.store import postgres, threads
from sut.store.postgres import Connection, Database


@pytest.fixture(params=ISOLATIONS)
async def level(request: pytest.FixtureRequest) -> Isolation:
    level: Isolation = request.param
    return level


@pytest.fixture
async def strict(postgres_server: EmbeddedPostgres, level: Isolation) -> AsyncIterator[Database]:
    """The database at one of the levels."""
    database = await Database.open(postgres_server.service_url, service="test", isolation=level)
    yield database
    await database.close()


async def test_the_level_is_the_one_that_was_chosen(strict: Database, level: Isolation, ada: Rows) -> None:
    for identity in (None, ada.identity):
        async with strict.transaction(identity) as conn:
            assert await conn.fetchval("SHOW transaction_isolation") == level


async def test_a_counter_that_many_raise_at_once_loses_nothing(strict: Database, ada: Rows) -> None:
    """Each reads a number and writes one that is higher: an honest conflict at every level above the first."""
    numbers: list[int] = []

    async def take(conn: Connection) -> int:
        return await threads.next_seq(conn, ada.thread_id)

    async def take_many() -> None:
        numbers.extend([await strict.run(ada.identity, take) for _ in range(5)])

    await asyncio.gather(take_many(), take_many())
    assert sorted(numbers) == list(range(2, 12))


class Collider:
    """Work whose row another transaction changes, the first so many times that it is tried."""

    def __init__(self, strict: Database, ada: Rows, times: int) -> None:
        self._db = strict
        self._ada = ada
        self._times = times
        self.tries = 0

    async def __call__(self, conn: Connection) -> str:
        await conn.fetchval("SELECT title FROM threads WHERE id = $1", self._ada.thread_id)
        self.tries += 1
        if self.tries <= self._times:
            async with self._db.transaction(self._ada.identity) as other:
                await other.execute("UPDATE threads SET title = 'theirs' WHERE id = $1", self._ada.thread_id)
        await conn.execute("UPDATE threads SET title = 'mine' WHERE id = $1", self._ada.thread_id)
        return "stored"


@pytest.mark.parametrize("level", ["repeatable read", "serializable"], indirect=True)
async def test_three_collisions_are_repeated_and_a_fourth_is_told(strict: Database, ada: Rows, owner: Any) -> None:
    work = Collider(strict, ada, times=3)
    assert await strict.run(ada.identity, work) == "stored"
    assert work.tries == 4
    assert await owner.fetchval("SELECT title FROM threads WHERE id = $1", ada.thread_id) == "mine"
    hopeless = Collider(strict, ada, times=4)
    with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE") as told:
        await strict.run(ada.identity, hopeless)
    assert hopeless.tries == 4
    assert told.value.retry_after_s == 1
    assert gave_up(told.value)
    assert not isinstance(told.value, CollidedError)  # nobody above repeats it once more
    assert await owner.fetchval("SELECT title FROM threads WHERE id = $1", ada.thread_id) == "theirs"


async def test_a_deadlock_is_repeated(strict: Database, ada: Rows, bob: Rows) -> None:
    """Two transactions lock two rows crosswise: PostgreSQL ends one of them, which is then done again."""
    meeting = asyncio.Barrier(2)
    tries = 0

    async def lock(*order: Rows) -> None:
        first = True

        async def work(conn: Connection) -> None:
            nonlocal first, tries
            tries += 1
            for rows in order:
                await conn.execute("UPDATE threads SET title = 'x' WHERE id = $1", rows.thread_id)
                if first:
                    first = False
                    await meeting.wait()

        await strict.run(None, work)

    await asyncio.gather(lock(ada, bob), lock(bob, ada))
    assert tries >= 3


async def test_a_full_pool_is_told_within_five_seconds(postgres_server: EmbeddedPostgres, ada: Rows) -> None:
    database = await Database.open(postgres_server.service_url, service="test", pool_size=1)
    async with database.transaction(None):
        before = time.monotonic()
        with pytest.raises(PlatformError, match="SERVICE_UNAVAILABLE"):
            await database.run(ada.identity, lambda conn: conn.execute("SELECT 1"))
        assert postgres.ACQUIRE_TIMEOUT_S - 0.1 < time.monotonic() - before < 5
    await database.close()

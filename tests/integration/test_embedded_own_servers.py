"""The user's own PostgreSQL and Redis: a database and keys of this run's own, and nothing else touched."""

import os
import signal
import subprocess
import sys

import asyncpg
import pytest
import redis.asyncio

from goldenpath.errors import PlatformStartError
from goldenpath.platform.own_servers import OwnPostgres, OwnRedis
from goldenpath.platform.service import start_set
from goldenpath.polling import NotYet, until

OWNER = """
import os, signal, sys
from goldenpath.platform.own_servers import OwnPostgres, OwnRedis
from goldenpath.platform.service import start_set
import redis
def build(services):
    return (
        services.add(OwnPostgres(services.directory, os.environ["GOLDENPATH_POSTGRES_URL"])),
        services.add(OwnRedis(services.directory, os.environ["GOLDENPATH_REDIS_URL"])),
    )
services, (postgres, store) = start_set(build)
redis.Redis.from_url(store.url).set(store.prefix + "left", 1)
print(store.prefix, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
async def users_database(postgres_url):
    """A connection to a server that stands for the user's, with something of theirs on it."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE theirs ()")
    yield connection
    await connection.execute("DROP TABLE theirs")
    await connection.close()


@pytest.fixture
async def users_redis(redis_url):
    async with redis.asyncio.from_url(redis_url, decode_responses=True) as client:
        await client.set("theirs", "kept")
        await client.set("gp-theirs:1", "kept")
        yield client
        await client.delete("theirs", "gp-theirs:1")


async def databases(connection) -> set[str]:
    return {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}


async def test_a_database_is_made_migrated_and_removed(users_database, postgres_url):
    before = await databases(users_database)
    services, own = start_set(lambda services: services.add(OwnPostgres(services.directory, postgres_url)))
    (made,) = await databases(users_database) - before
    assert made.startswith("gp_")
    connection = await asyncpg.connect(own.url)
    assert await connection.fetchval("SELECT count(*) FROM users") == 0
    assert await connection.fetchval("SELECT to_regclass('theirs')") is None
    assert own.version.startswith("18")
    # somebody who still holds a connection does not keep the database
    services.stop()
    connection.terminate()
    assert await databases(users_database) == before
    assert await users_database.fetchval("SELECT to_regclass('theirs')") == "theirs"
    assert not services.directory.exists()


async def test_keys_with_the_prefix_are_removed_and_no_others(users_redis, redis_url):
    services, own = start_set(lambda services: services.add(OwnRedis(services.directory, redis_url)))
    assert own.prefix.startswith("gp-")
    async with users_redis.pipeline() as many:
        for number in range(2000):
            many.set(f"{own.prefix}{number}", "x")
        await many.execute()
    services.stop()
    assert await users_redis.keys(f"{own.prefix}*") == []
    assert (await users_redis.get("theirs"), await users_redis.get("gp-theirs:1")) == ("kept", "kept")


async def test_both_are_removed_when_the_owner_is_killed(users_database, users_redis, postgres_url, redis_url):
    before = await databases(users_database)
    env = {**os.environ, "GOLDENPATH_POSTGRES_URL": postgres_url, "GOLDENPATH_REDIS_URL": redis_url}
    done = subprocess.run([sys.executable, "-c", OWNER], env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()

    prefix = done.stdout.decode().strip()
    assert prefix.startswith("gp-")

    async def look() -> bool:
        # Only what the owner made: keys of other tests on this server come and expire meanwhile.
        if left := [*(await databases(users_database) - before), *await users_redis.keys(f"{prefix}*")]:
            raise NotYet(f"{', '.join(left)} left")
        return True

    # PostgreSQL writes a checkpoint before it drops a database, and looks wait for it on a busy disk.
    await until(look, within_s=30, what="the removal of what the killed run made")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://nobody:hunter2@127.0.0.1:{port}/goldenpath", "refuses the account"),
        ("postgresql://nobody:hunter2@127.0.0.1:1/goldenpath", "cannot be reached"),
        ("mysql://nobody:hunter2@127.0.0.1:1/goldenpath", "cannot be reached"),
    ],
)
async def test_a_wrong_postgres_address_is_told_without_the_password(postgres_url, url, what):
    address = url.format(port=postgres_url.rsplit(":", 1)[1].split("/")[0])
    with pytest.raises(PlatformStartError, match=f"GOLDENPATH_POSTGRES_URL names {what}") as refusal:
        start_set(lambda services: services.add(OwnPostgres(services.directory, address)))
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("redis://:hunter2@127.0.0.1:{port}/0", "refuses the account"),
        ("redis://:hunter2@127.0.0.1:1/0", "cannot be reached"),
        ("http://:hunter2@127.0.0.1:1/0", "cannot be reached"),
    ],
)
async def test_a_wrong_redis_address_is_told_without_the_password(redis_url, url, what):
    address = url.format(port=redis_url.rsplit(":", 1)[1].split("/")[0])
    with pytest.raises(PlatformStartError, match=f"GOLDENPATH_REDIS_URL names {what}") as refusal:
        start_set(lambda services: services.add(OwnRedis(services.directory, address)))
    assert "hunter2" not in str(refusal.value)


async def test_an_account_that_may_not_make_databases_is_told(users_database, postgres_url):
    await users_database.execute("CREATE ROLE weak LOGIN PASSWORD 'hunter2'")
    address = postgres_url.rpartition("@")[2]
    try:
        with pytest.raises(PlatformStartError, match="grant it CREATEDB"):
            start_set(
                lambda services: services.add(OwnPostgres(services.directory, f"postgresql://weak:hunter2@{address}"))
            )
    finally:
        await users_database.execute("DROP ROLE weak")

"""The oracle's Redis client against a real Valkey."""

import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from goldenpath.clients.cache import CacheClient
from goldenpath.errors import TargetError


@pytest.fixture
def prefix() -> str:
    return f"gp-{uuid4().hex}:"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of the driver itself, to write with."""
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def client(redis_url: str, prefix: str) -> AsyncIterator[CacheClient]:
    client = CacheClient(redis_url, prefix)
    yield client
    await client.close()


async def test_only_keys_behind_the_prefix_are_seen(redis: Redis, client: CacheClient, prefix: str) -> None:
    for name in ("session:1", "session:2", "run:1:state"):
        await redis.set(prefix + name, "x")
    await redis.set(f"other-{prefix}session:3", "x")
    assert await client.keys() == ["run:1:state", "session:1", "session:2"]
    assert await client.keys("session:*") == ["session:1", "session:2"]
    assert await client.exists("session:1")
    assert not await client.exists("session:3")


async def test_time_to_live(redis: Redis, client: CacheClient, prefix: str) -> None:
    await redis.set(prefix + "short", "x", px=90_000)
    await redis.set(prefix + "for ever", "x")
    left_s = await client.ttl("short")
    assert left_s is not None
    assert 0 < left_s <= 90
    assert await client.ttl("for ever") is None
    assert await client.ttl("missing") == 0


async def test_values_of_every_type(redis: Redis, client: CacheClient, prefix: str) -> None:
    await redis.set(prefix + "text", "grün")
    await redis.hset(prefix + "hash", mapping={"connection": "instance"})
    await redis.rpush(prefix + "list", "a", "b")
    await redis.sadd(prefix + "set", "a")
    await redis.zadd(prefix + "zset", {"a": 1.5})
    await redis.xadd(prefix + "stream", {"type": "ack"}, id="1-1")
    assert await client.get("text") == await client.content("text") == "grün"
    assert await client.get("missing") is None
    assert await client.hash("hash") == await client.content("hash") == {"connection": "instance"}
    assert await client.hash("missing") == {}
    assert await client.stream_len("stream") == 1
    assert await client.stream_len("missing") == 0
    assert await client.content("list") == ["a", "b"]
    assert await client.content("set") == {"a"}
    assert "1.5" in str(await client.content("zset"))
    assert "'type': 'ack'" in str(await client.content("stream"))
    assert await client.content("missing") is None


async def test_a_server_that_is_not_there_is_named_at_once_without_its_password() -> None:
    began = time.monotonic()
    client = CacheClient("redis://:hunter2@127.0.0.1:1/0", "gp:")
    for call in (client.exists("a"), client.keys(), client.ttl("a"), client.content("a")):
        with pytest.raises(TargetError, match=r"^Redis at 127\.0\.0\.1:1/0 cannot be reached: ") as failed:
            await call
        assert "hunter2" not in str(failed.value)
    assert time.monotonic() - began < 1.5  # no retries
    await client.close()


async def test_a_wrong_password_is_told_without_it(redis_url: str) -> None:
    place = redis_url.rsplit("@", 1)[-1]
    client = CacheClient(f"redis://:hunter2@{place}", "gp:")
    with pytest.raises(TargetError, match="cannot be reached: AuthenticationError") as failed:
        await client.exists("a")
    assert "hunter2" not in str(failed.value)
    await client.close()

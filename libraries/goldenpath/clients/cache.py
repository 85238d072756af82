"""Redis or Valkey as a test reads it: what the platform keeps there, under its prefix."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from goldenpath.clients.address import named
from goldenpath.errors import TargetError

_ANSWER_WITHIN_S = 5.0
_MOST_CONNECTIONS = 20
_NO_KEY, _NO_EXPIRY = -2, -1


class CacheClient:
    """One server, one prefix; names of keys go in and come out without the prefix.

    Args:
        url: ``redis://:password@host:port/0``; the password never stands in an error.
        prefix: The platform's key prefix, for example ``gp:``.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._name = named("Redis", url, 6379)
        self._prefix = prefix
        # Who reads very many keys at once waits for a connection instead of failing.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_MOST_CONNECTIONS,
            timeout=_ANSWER_WITHIN_S,
            decode_responses=True,
            socket_timeout=_ANSWER_WITHIN_S,
            socket_connect_timeout=_ANSWER_WITHIN_S,
        )
        self._redis: Redis = Redis.from_pool(pool)

    @contextmanager
    def _naming_the_server(self) -> Iterator[None]:
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            kind = type(error).__name__
            raise TargetError(f"{self._name} cannot be reached: {kind}: {error}") from None

    async def keys(self, pattern: str = "*") -> list[str]:
        """List keys.

        Args:
            pattern: Glob pattern of the name after the prefix.

        Returns:
            The names without the prefix, sorted.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            found = {name async for name in self._redis.scan_iter(match=self._prefix + pattern, count=1000)}
        return sorted(name.removeprefix(self._prefix) for name in found)

    async def exists(self, key: str) -> bool:
        """Tell whether there is such a key.

        Args:
            key: Its name.

        Returns:
            Whether it is there.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            return bool(await self._redis.exists(self._prefix + key))

    async def ttl(self, key: str) -> float | None:
        """Read how long a key still lives.

        Args:
            key: Its name.

        Returns:
            Seconds; 0 when there is no such key, ``None`` when it never expires.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            left_ms = int(await self._redis.pttl(self._prefix + key))
        if left_ms == _NO_EXPIRY:
            return None
        return 0.0 if left_ms == _NO_KEY else left_ms / 1000

    async def get(self, key: str) -> str | None:
        """Read a string.

        Args:
            key: Its name.

        Returns:
            The text; ``None`` without such a key.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            value = await self._redis.get(self._prefix + key)
        return None if value is None else str(value)

    async def hash(self, key: str) -> dict[str, str]:
        """Read a hash.

        Args:
            key: Its name.

        Returns:
            Its fields; ``{}`` without such a key.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            fields = await self._redis.hgetall(self._prefix + key)
        return {str(name): str(value) for name, value in fields.items()}

    async def stream_len(self, key: str) -> int:
        """Count the entries of a stream.

        Args:
            key: Its name.

        Returns:
            How many; 0 without such a key.

        Raises:
            TargetError: The server cannot be reached.
        """
        with self._naming_the_server():
            return int(await self._redis.xlen(self._prefix + key))

    async def content(self, key: str) -> Any:
        """Read all of a key, whatever its type.

        Args:
            key: Its name.

        Returns:
            A text, dict, list or set; a list of entries for a stream; ``None`` without such a key.

        Raises:
            TargetError: The server cannot be reached.
        """
        name, redis = self._prefix + key, self._redis
        readers: dict[str, Callable[[], Awaitable[Any]]] = {
            "string": lambda: redis.get(name),
            "hash": lambda: redis.hgetall(name),
            "list": lambda: redis.lrange(name, 0, -1),
            "set": lambda: redis.smembers(name),
            "zset": lambda: redis.zrange(name, 0, -1, withscores=True),
            "stream": lambda: redis.xrange(name),
        }
        with self._naming_the_server():
            kind = str(await redis.type(name))
            return None if kind == "none" else await readers[kind]()

    async def forget(self, pattern: str) -> int:
        """Remove keys, as a Redis that was emptied would have: the platform promises that nothing is lost by that.

        Args:
            pattern: Glob pattern of the name after the prefix.

        Returns:
            How many there were.

        Raises:
            TargetError: The server cannot be reached.
        """
        names = await self.keys(pattern)
        with self._naming_the_server():
            return int(await self._redis.delete(*(self._prefix + name for name in names))) if names else 0

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

"""Redis: always welcome, never needed."""

import time
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from sut.store.keys import Keys

MAX_CONNECTIONS = 32
# a Redis that does not answer within this time is away: requests have better things to do
ANSWER_TIMEOUT_S = 1.0
# after a failed connect nobody waits for another one within this time
QUIET_AFTER_FAILURE_S = 0.5


class _FailFastPool(BlockingConnectionPool):
    """A pool that fails at once while the server was away a moment ago: an outage costs a request no time."""

    _quiet_until = 0.0

    async def get_connection(self, command_name: str | None = None, *keys: Any, **options: Any) -> Any:
        """Lend a connection.

        Args:
            command_name: Part of the base class's interface, without use.
            keys: The same.
            options: The same.

        Returns:
            A connection that is open.

        Raises:
            RedisError: The server is away.
        """
        if time.monotonic() < self._quiet_until:
            raise RedisConnectionError("Redis was away a moment ago.")
        try:
            return await super().get_connection()  # type: ignore[no-untyped-call]  # wrapped by an untyped decorator
        except (RedisError, OSError):
            self._quiet_until = time.monotonic() + QUIET_AFTER_FAILURE_S
            raise


class Cache:
    """A Redis client with the platform's key names.

    Every caller must live with a ``RedisError``: it means that Redis is away, never that the work cannot be done.
    Callers use `redis` (the client of redis-py, text in and out) and `keys`. A command that blocks must block for less
    than `ANSWER_TIMEOUT_S`; listening to a channel may take any time.

    Args:
        url: The server's address.
        prefix: What every key begins with.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self.keys = Keys(prefix)
        self._pool = _FailFastPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=ANSWER_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            socket_connect_timeout=ANSWER_TIMEOUT_S,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        self.redis: Redis = Redis(connection_pool=self._pool)

    @classmethod
    def open(cls, url: str, prefix: str) -> "Cache":
        """Make a client; it connects when it is first used.

        Args:
            url: ``redis://[:password@]host:port/0``.
            prefix: What every key begins with, for example ``gp:``.

        Returns:
            The client.
        """
        return cls(url, prefix)

    async def ping(self) -> None:
        """See whether Redis answers.

        Raises:
            RedisError: It does not.
        """
        await self.redis.ping()

    async def close(self) -> None:
        """Close all connections."""
        await self.redis.aclose()
        await self._pool.disconnect()

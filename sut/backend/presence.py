"""Who is connected, as a hash in Redis: connection -> instance and session."""

import json
from contextlib import suppress
from uuid import UUID

from redis.exceptions import RedisError

from sut.common.identity import Identity
from sut.store.redis import Cache


class Presence:
    """Keeps the presence of this instance's sockets."""

    def __init__(self, cache: Cache, instance: str, ttl_s: float) -> None:
        """Make it.

        Args:
            cache: Redis.
            instance: This instance.
            ttl_s: Seconds after which an entry that nobody refreshed is gone with its user's whole hash.
        """
        self._cache = cache
        self._instance = instance
        self._ttl_s = ttl_s

    async def show(self, identity: Identity, connection_id: UUID) -> None:
        """Note, or note again, that a connection is open.

        Args:
            identity: Whose it is.
            connection_id: The connection.
        """
        key = self._cache.keys.presence(identity.user_id)
        entry = json.dumps({"instance": self._instance, "session": str(identity.session_id)})
        with suppress(RedisError):
            async with self._cache.redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, str(connection_id), entry)
                pipe.pexpire(key, round(self._ttl_s * 1000))
                await pipe.execute()

    async def remove(self, identity: Identity, connection_id: UUID) -> None:
        """Note that a connection is gone.

        Args:
            identity: Whose it was.
            connection_id: The connection.
        """
        with suppress(RedisError):
            await self._cache.redis.hdel(self._cache.keys.presence(identity.user_id), str(connection_id))

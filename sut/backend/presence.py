"""Who is connected, as a hash in Redis: connection -> instance, session, and until when that is believed.

Each entry is a slot; a user has a few of them over all instances. While Redis is away each instance counts its own.
"""

from collections import defaultdict
from contextlib import suppress
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store.redis import Cache

RETRY_AFTER_S = 5

# Drops the entries that nobody has renewed in time and counts the others, without the one named by ARGV[1].
_COUNT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entries = redis.call('HGETALL', KEYS[1])
local others = 0
for i = 1, #entries, 2 do
  local read, entry = pcall(cjson.decode, entries[i + 1])
  if not (read and type(entry) == 'table' and (tonumber(entry['until']) or 0) > now) then
    redis.call('HDEL', KEYS[1], entries[i])
  elseif entries[i] ~= ARGV[1] then
    others = others + 1
  end
end
"""
# ARGV: connection, instance, session, milliseconds that the entry is believed, most entries (0: as many as like).
_ENTER = f"""{_COUNT}
local most = tonumber(ARGV[5])
if most > 0 and others >= most then
  return 0
end
local entry = {{instance = ARGV[2], session = ARGV[3], ['until'] = now + tonumber(ARGV[4])}}
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""


class Presence:
    """Keeps the presence of this instance's sockets."""

    def __init__(self, cache: Cache, instance: str, ttl_s: float, most_per_user: int) -> None:
        """Make it.

        Args:
            cache: Redis.
            instance: This instance.
            ttl_s: Seconds after which an entry that nobody renewed is not believed any more.
            most_per_user: How many sockets a user may have, over all instances.
        """
        self._cache = cache
        self._instance = instance
        self._ttl_s = ttl_s
        self._most_per_user = most_per_user
        self._here: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self._enter = cache.redis.register_script(_ENTER)
        self._count = cache.redis.register_script(f"{_COUNT} return others")

    async def take_slot(self, identity: Identity, connection_id: UUID) -> None:
        """Take a slot for a connection that is about to be opened.

        Args:
            identity: Whose it is.
            connection_id: The connection.

        Raises:
            PlatformError: ``TOO_MANY_SOCKETS``: all slots of the user are taken.
        """
        # taken here first: upgrades that come at the same time see each other, with or without Redis
        self._here[identity.user_id].add(connection_id)
        free = len(self._here[identity.user_id]) <= self._most_per_user
        try:
            if free:
                free = await self._told(identity, connection_id, self._most_per_user)
        except RedisError:
            pass
        except BaseException:
            self._leave_here(identity, connection_id)
            raise
        if not free:
            self._leave_here(identity, connection_id)
            raise PlatformError(
                "TOO_MANY_SOCKETS",
                f"You have {self._most_per_user} sockets open already. Close one of them first.",
                retry_after_s=RETRY_AFTER_S,
            )

    async def show(self, identity: Identity, connection_id: UUID) -> None:
        """Note, or note again, that a connection is open.

        Args:
            identity: Whose it is.
            connection_id: The connection.
        """
        self._here[identity.user_id].add(connection_id)
        with suppress(RedisError):
            await self._told(identity, connection_id, 0)

    async def has(self, user_id: UUID) -> bool:
        """See whether a user has an open connection, on whatever instance.

        Args:
            user_id: The user.

        Returns:
            Whether they have; ``False`` while Redis is away, because nobody can tell.
        """
        with suppress(RedisError):
            return bool(await self._count(keys=[self._cache.keys.presence(user_id)], args=[""]))
        return False

    async def remove(self, identity: Identity, connection_id: UUID) -> None:
        """Note that a connection is gone: its slot is free. A second time does nothing.

        Args:
            identity: Whose it was.
            connection_id: The connection.
        """
        if not self._leave_here(identity, connection_id):
            return
        with suppress(RedisError):
            await self._cache.redis.hdel(self._cache.keys.presence(identity.user_id), str(connection_id))

    async def _told(self, identity: Identity, connection_id: UUID, most: int) -> bool:
        entry: list[Any] = [str(connection_id), self._instance, str(identity.session_id), round(self._ttl_s * 1000)]
        return bool(await self._enter(keys=[self._cache.keys.presence(identity.user_id)], args=[*entry, most]))

    def _leave_here(self, identity: Identity, connection_id: UUID) -> bool:
        here = self._here.get(identity.user_id, set())
        known = connection_id in here
        here.discard(connection_id)
        if known and not here:
            del self._here[identity.user_id]
        return known

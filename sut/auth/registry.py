"""Tells the other services, through Redis, where this one is."""

import logging

from redis.exceptions import RedisError

from sut.common.timing import pause
from sut.store.redis import Cache

_log = logging.getLogger(__name__)

# who died is forgotten after this; who lives says so often enough that one lost call does not matter
ENTRY_TTL_S = 30
RENEW_EVERY_S = 10.0
RETRY_AFTER_S = 1.0


async def announce(cache: Cache, url: str) -> None:
    """Tell the address once.

    Args:
        cache: Redis.
        url: Where this service answers.

    Raises:
        RedisError: Redis is away.
    """
    await cache.redis.set(cache.keys.auth_registry(), url, ex=ENTRY_TTL_S)


async def keep_announcing(cache: Cache, url: str) -> None:
    """Renew the entry until cancelled; after an outage of Redis it is back within a second or two.

    Args:
        cache: Redis.
        url: Where this service answers.
    """
    told = True
    while True:
        await pause(RENEW_EVERY_S if told else RETRY_AFTER_S)
        try:
            await announce(cache, url)
        except RedisError:
            if told:
                _log.warning("Redis is away; the address is told again when it is back.")
            told = False
        else:
            told = True

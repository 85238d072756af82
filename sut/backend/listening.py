"""Hears through Redis what other instances have stored, and which runs were taken from this one."""

import logging
from uuid import UUID

from redis.exceptions import RedisError

from sut.backend.feed import Feed
from sut.backend.frames import read_event
from sut.backend.scheduler import Scheduler
from sut.common.timing import pause
from sut.store.redis import Cache

TRY_AGAIN_S = 0.5
_LISTEN_S = 0.5

_log = logging.getLogger(__name__)


class Listening:
    """Listens to the other instances."""

    def __init__(self, cache: Cache, feed: Feed, scheduler: Scheduler, instance: str) -> None:
        self._cache = cache
        self._feed = feed
        self._scheduler = scheduler
        self._instance = instance

    async def work(self) -> None:
        """Listen until cancelled."""
        away = False
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if not away:
                    _log.warning("Redis is away, PostgreSQL is asked for news: %s", error)
                away = True
                self._feed.redis_is(there=False)
                await pause(TRY_AGAIN_S)
            else:
                away = False

    async def _listen(self) -> None:
        keys = self._cache.keys
        async with self._cache.redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(keys.events_channel(), keys.stops_channel())
            self._feed.redis_is(there=True)
            while True:
                message = await channel.get_message(timeout=_LISTEN_S)
                if message is None:
                    continue
                if message["channel"] == keys.stops_channel():
                    self._stop(message["data"])
                else:
                    self._hear(message["data"])

    def _hear(self, text: str) -> None:
        try:
            instance, frame = text.split(" ", 1)
            if instance != self._instance:
                self._feed.hear(read_event(frame))
        except (ValueError, TypeError, KeyError):
            _log.warning("a message on the channel of events cannot be read")

    def _stop(self, text: str) -> None:
        try:
            self._scheduler.lose(UUID(text))
        except ValueError:
            _log.warning("a message on the channel of stops cannot be read")

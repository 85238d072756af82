"""Hears through Redis what others tell: stored frames, runs that were taken from this instance, ended sessions."""

import logging
from uuid import UUID

from redis.exceptions import RedisError

from sut.backend.feed import Feed
from sut.backend.frames import read_event
from sut.backend.revocations import Revocations
from sut.backend.scheduler import Scheduler
from sut.common.timing import pause
from sut.store.redis import Cache

TRY_AGAIN_S = 0.5
_LISTEN_S = 0.5

_log = logging.getLogger(__name__)


class Listening:
    """Listens to the other processes, over one connection."""

    def __init__(
        self, cache: Cache, feed: Feed, scheduler: Scheduler, revocations: Revocations, *, instance: str
    ) -> None:
        """Make it.

        Args:
            cache: Redis.
            feed: Gets the frames that others have stored.
            scheduler: Told of runs that others have taken.
            revocations: Told of sessions that have ended.
            instance: This instance, which does not listen to itself.
        """
        self._feed = feed
        self._scheduler = scheduler
        self._revocations = revocations
        self._instance = instance
        self._cache = cache
        self._heard = {
            cache.keys.events_channel(): self._frame,
            cache.keys.stops_channel(): self._taken,
            cache.keys.revocations_channel(): revocations.told,
        }
        self._there: bool | None = None

    async def work(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if self._there is not False:
                    _log.warning("Redis is away, PostgreSQL is asked for news: %s", error)
                    self._redis_is(there=False)
                await pause(TRY_AGAIN_S)

    async def _listen(self) -> None:
        async with self._cache.redis.pubsub(ignore_subscribe_messages=True) as channels:
            await channels.subscribe(*self._heard)
            self._redis_is(there=True)
            while True:
                message = await channels.get_message(timeout=_LISTEN_S)
                if message is not None:
                    self._hear(message["channel"], message["data"])

    def _redis_is(self, *, there: bool) -> None:
        self._there = there
        for asked in (self._feed.second_way, self._revocations.second_way):
            asked.redis_is(there=there)

    def _hear(self, channel: str, text: str) -> None:
        try:
            self._heard[channel](text)
        except (ValueError, TypeError, KeyError):
            _log.warning("a message on the channel %s cannot be read", channel)

    def _frame(self, text: str) -> None:
        instance, frame = text.split(" ", 1)
        if instance != self._instance:
            self._feed.hear(read_event(frame))

    def _taken(self, text: str) -> None:
        self._scheduler.lose(UUID(text))

"""Closes the sockets of sessions that have ended: told by Redis at once, looked up in PostgreSQL as a second way."""

import json
import logging
from time import monotonic
from uuid import UUID

from redis.exceptions import RedisError

from sut.backend.hub import Hub
from sut.common.errors import PlatformError
from sut.common.timing import pause
from sut.store import ended_sessions
from sut.store.postgres import Database
from sut.store.redis import Cache

LOOK_UP_EVERY_S = 4.0
LOOK_UP_EVERY_WITHOUT_REDIS_S = 2.0
TRY_AGAIN_S = 0.5
_LISTEN_S = 0.5

_log = logging.getLogger(__name__)


class Revocations:
    """Watches the sessions whose sockets are open here."""

    def __init__(self, cache: Cache, db: Database, hub: Hub) -> None:
        self._cache = cache
        self._db = db
        self._hub = hub
        self._next_look_s = 0.0

    async def work(self) -> None:
        """Watch until cancelled."""
        away = False
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if not away:
                    _log.warning("Redis is away, ended sessions are looked up in PostgreSQL: %s", error)
                    self._next_look_s = 0.0
                away = True
                await self._look_up_in_time(LOOK_UP_EVERY_WITHOUT_REDIS_S)
                await pause(TRY_AGAIN_S)
            else:
                away = False

    async def _listen(self) -> None:
        async with self._cache.redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._cache.keys.revocations_channel())
            self._next_look_s = 0.0  # what was told while nobody listened
            while True:
                message = await channel.get_message(timeout=_LISTEN_S)
                if message is not None:
                    self._told(message["data"])
                await self._look_up_in_time(LOOK_UP_EVERY_S)

    def _told(self, text: str) -> None:
        try:
            session_id = UUID(json.loads(text)["session_id"])
        except (ValueError, TypeError, KeyError):
            _log.warning("a message on the channel of ended sessions cannot be read")
            return
        self._hub.close_session(session_id)

    async def _look_up_in_time(self, every_s: float) -> None:
        if monotonic() >= self._next_look_s:
            self._next_look_s = monotonic() + every_s
            await self._look_up()

    async def _look_up(self) -> None:
        open_here = list({socket.identity.session_id for socket in self._hub})
        if not open_here:
            return
        try:
            ended = await self._db.run(None, lambda conn: ended_sessions.among(conn, open_here))
        except PlatformError as error:
            _log.warning("ended sessions cannot be looked up: %s", error.message)
            return
        for session_id in ended:
            self._hub.close_session(session_id)

"""Closes the sockets of sessions that have ended: told by Redis at once, looked up in PostgreSQL as a second way."""

import json
import logging
from uuid import UUID

from sut.backend.hub import Hub
from sut.backend.second_way import SecondWay
from sut.common.errors import PlatformError
from sut.store import ended_sessions
from sut.store.postgres import Database

LOOK_UP_EVERY_S = 4.0
LOOK_UP_EVERY_WITHOUT_REDIS_S = 2.0

_log = logging.getLogger(__name__)


class Revocations:
    """Watches the sessions whose sockets are open here.

    Attributes:
        second_way: When PostgreSQL is asked for them.
    """

    def __init__(self, db: Database, hub: Hub) -> None:
        self._db = db
        self._hub = hub
        self.second_way = SecondWay(LOOK_UP_EVERY_S, LOOK_UP_EVERY_WITHOUT_REDIS_S)

    def told(self, text: str) -> None:
        """Close the sockets of a session that has ended.

        Args:
            text: What the auth service tells.

        Raises:
            ValueError: It cannot be read; `TypeError` and `KeyError` say the same.
        """
        self._hub.close_session(UUID(json.loads(text)["session_id"]))

    async def work(self) -> None:
        """Look up what nobody has told, until cancelled."""
        while True:
            await self.second_way.wait()
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

"""For how long a session may use a socket: to the end of its newest access token."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.timing import pause, utc_now
from sut.store import sessions
from sut.store.postgres import Database

# At the end of a token PostgreSQL says whether there is a newer one; it is not asked for longer than this.
ASK_FOR_S = 4.0
TRY_AGAIN_S = 0.5

_log = logging.getLogger(__name__)


class SessionClock:
    """Watches the ends of access tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def until_over(self, identity: Identity) -> None:
        """Wait until a session has no access token that is good any more, or has been ended.

        Args:
            identity: As the token says that opened the socket.
        """
        good_until: datetime | None = identity.expires_at
        while good_until is not None and good_until > utc_now():
            await pause((good_until - utc_now()).total_seconds())
            if good_until <= utc_now():
                good_until = await self._newest_end(identity)

    async def _newest_end(self, identity: Identity) -> datetime | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_FOR_S):
                while True:
                    try:
                        return await self._db.run(
                            identity, lambda conn: sessions.access_expires_at(conn, identity.session_id)
                        )
                    except PlatformError as error:
                        _log.warning("a session cannot be looked up: %s", error.message)
                        await pause(TRY_AGAIN_S)
        return None

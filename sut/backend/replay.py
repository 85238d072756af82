"""Sends stored frames of a thread once more, so that a client that was away misses nothing."""

from functools import partial
from uuid import UUID

from sut.backend.connection import Connection
from sut.common.errors import PlatformError
from sut.store import run_events, threads
from sut.store.postgres import Database

PAGE = 200


class Replay:
    """Replays threads."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def send(self, connection: Connection, thread_id: UUID, after_seq: int, ref: str | None) -> None:
        """Send what is stored after a ``seq``, then ``replay_complete``, then what happened meanwhile.

        Args:
            connection: Where to.
            thread_id: The thread.
            after_seq: The last ``seq`` that the client has.
            ref: The client's own mark.

        Raises:
            PlatformError: ``NOT_FOUND`` for a thread that is not the user's; ``INVALID_SEQ`` for a ``seq`` that the
                thread has not reached.
        """
        done = 0
        connection.hold(thread_id)
        try:
            last_seq = await self._last_seq(connection, thread_id)
            if after_seq > last_seq:
                raise PlatformError("INVALID_SEQ", f"The thread has only reached {last_seq}.")
            done = after_seq
            while done < last_seq:
                read = partial(run_events.of_thread, thread_id=thread_id, after_seq=done, up_to=last_seq, limit=PAGE)
                for event in await self._db.run(connection.identity, read):
                    await connection.replay(event)
                    done = event.seq
            connection.say("replay_complete", {"thread_id": str(thread_id), "last_seq": last_seq}, ref=ref)
        finally:
            connection.let_go(thread_id, done)

    async def _last_seq(self, connection: Connection, thread_id: UUID) -> int:
        identity = connection.identity
        thread = await self._db.run(identity, lambda conn: threads.find(conn, identity.user_id, thread_id))
        if thread is None:
            raise PlatformError("NOT_FOUND", "There is no such thread.")
        last_seq: int = thread["last_seq"]
        return last_seq

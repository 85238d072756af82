"""From a frame's transaction to its user's sockets: stored, committed, then sent in ``seq`` order."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from sut.backend.feed import Feed
from sut.backend.hub import Hub, Socket
from sut.backend.job import Story
from sut.backend.tasks import to_its_end
from sut.common.collisions import repeating
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.timing import pause, utc_now
from sut.store import run_events, threads
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

# For so long PostgreSQL may be away before what is known of a commit must do.
SETTLE_S = 60.0
_ASK_AGAIN_S = 0.25

# looks at a frame that is being stored: what it writes is stored with the frame, or not at all
Storing = Callable[[Connection, Event], Awaitable[None]]
# looks at a stored frame
Saw = Callable[[Event], None]


class EventFeed(Protocol):
    """Where other instances hear of stored frames sooner than from PostgreSQL."""

    def announce(self, event: Event) -> None:
        """Tell of a stored frame; may be lost."""


class Delivery:
    """Stores frames and hands them to the sockets."""

    def __init__(
        self,
        db: Database,
        hub: Hub,
        feed: Feed,
        others: EventFeed,
        *,
        storing: Storing | None = None,
        saw: Saw | None = None,
    ) -> None:
        """Make it.

        Args:
            db: Where frames are stored.
            hub: The sockets of this instance.
            feed: Sends to them.
            others: Told of every frame.
            storing: Called with each frame in its transaction, which may be done again.
            saw: Called with each frame that was stored here, once.
        """
        self._db = db
        self._hub = hub
        self._feed = feed
        self._others = others
        self._storing = storing
        self._saw = saw
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def store(
        self,
        story: Story,
        write: Callable[[Connection], Awaitable[Event]],
        asker: Socket | None = None,
        ref: str | None = None,
        *,
        turn: str | None = None,
        settle_s: float = SETTLE_S,
    ) -> Event:
        """Run a transaction that stores a frame, then send the frame.

        A caller that is cancelled meanwhile still waits for the end of it: what was committed is always sent.

        Args:
            story: Whose frame it is, and in which thread.
            write: Writes the frame, and the rows that belong to it.
            asker: The socket that the frame answers.
            ref: The asker's own mark.
            turn: Whose turn the transaction waits for, as in `Database.transaction`.
            settle_s: For how many seconds PostgreSQL is asked about a commit whose end nobody saw.

        Returns:
            The frame.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: nothing was sent, and nothing stored as far as one can know.
        """
        return await to_its_end(self._store(story, partial(self._commit, story, write, turn, settle_s), asker, ref))

    async def _store(
        self,
        story: Story,
        commit: Callable[[], Awaitable[Event]],
        asker: Socket | None,
        ref: str | None,
    ) -> Event:
        if asker is not None and ref is not None:
            self._hub.asked(story.run_id, asker, ref)
        try:
            # Commits of a thread happen in the order of its row lock; this lock keeps the sending in the same order.
            async with self._locks.setdefault(story.thread_id, asyncio.Lock()):
                event = await repeating(commit)
                self.publish(event)
        except BaseException:
            self._hub.answered(story.run_id)
            raise
        if self._saw is not None:
            self._saw(event)
        return event

    async def _commit(
        self, story: Story, write: Callable[[Connection], Awaitable[Event]], turn: str | None, settle_s: float
    ) -> Event:
        written: Event | None = None
        try:
            async with self._db.transaction(story.identity, turn=turn) as conn:
                event = await write(conn)
                if self._storing is not None:
                    await self._storing(conn, event)
                written = event
        except PlatformError:
            if written is None or not await self._was_stored(story, written, settle_s):
                raise
        return written

    async def _was_stored(self, story: Story, event: Event, settle_s: float) -> bool:
        """Find out how a transaction ended whose commit was not answered: it may have been done all the same."""
        give_up_s = monotonic() + settle_s
        while True:
            try:
                async with self._db.transaction(story.identity) as conn:
                    return await run_events.is_stored(conn, event)
            except PlatformError:
                if monotonic() > give_up_s:
                    return False
            await pause(_ASK_AGAIN_S)

    def publish(self, event: Event) -> None:
        """Send a stored frame to all sockets of its user, here and elsewhere.

        Args:
            event: The frame.
        """
        self._feed.offer(event)
        self._others.announce(event)


async def write_event(conn: Connection, story: Story, kind: str, data: dict[str, Any], seq: int) -> Event:
    """Store a frame under a ``seq`` that this transaction has taken.

    Args:
        conn: The transaction.
        story: The run that the frame tells of.
        kind: The frame's type.
        data: The frame's data.
        seq: Its place in the thread.

    Returns:
        The frame.
    """
    event = Event(
        id=new_id(),
        user_id=story.identity.user_id,
        thread_id=story.thread_id,
        run_id=story.run_id,
        request_id=story.request_id,
        seq=seq,
        type=kind,
        data=data,
        trace_id=story.trace_id,
        created_at=utc_now(),
    )
    await run_events.add(conn, story.identity, event)
    return event


async def write_next_event(conn: Connection, story: Story, kind: str, data: dict[str, Any]) -> Event:
    """Take the thread's next ``seq`` and store a frame under it.

    Args:
        conn: The transaction.
        story: The run that the frame tells of.
        kind: The frame's type.
        data: The frame's data.

    Returns:
        The frame.
    """
    return await write_event(conn, story, kind, data, await threads.next_seq(conn, story.thread_id))

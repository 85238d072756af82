"""From a frame's transaction to its user's sockets: stored, committed, then sent in ``seq`` order."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from sut.backend.hub import Hub, Socket
from sut.backend.job import Story
from sut.common.ids import new_id
from sut.common.timing import utc_now
from sut.store import run_events, threads
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event


class EventFeed(Protocol):
    """Where other instances hear of stored frames sooner than from PostgreSQL."""

    def announce(self, event: Event) -> None:
        """Tell of a stored frame; may be lost."""


class Delivery:
    """Stores frames and hands them to the sockets."""

    def __init__(self, db: Database, hub: Hub, feed: EventFeed) -> None:
        self._db = db
        self._hub = hub
        self._feed = feed
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def store(
        self,
        story: Story,
        write: Callable[[Connection], Awaitable[Event]],
        asker: Socket | None = None,
        ref: str | None = None,
    ) -> Event:
        """Run a transaction that stores a frame, then send the frame.

        A caller that is cancelled meanwhile still waits for the end of it: what was committed is always sent.

        Args:
            story: Whose frame it is, and in which thread.
            write: Writes the frame, and the rows that belong to it.
            asker: The socket that the frame answers.
            ref: The asker's own mark.

        Returns:
            The frame.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: nothing was stored or sent.
        """
        return await _to_its_end(self._store(story, write, asker, ref))

    async def _store(
        self,
        story: Story,
        write: Callable[[Connection], Awaitable[Event]],
        asker: Socket | None,
        ref: str | None,
    ) -> Event:
        # Commits of a thread happen in the order of its row lock; this lock keeps the sending in the same order.
        async with self._locks.setdefault(story.thread_id, asyncio.Lock()):
            async with self._db.transaction(story.identity) as conn:
                event = await write(conn)
            self.publish(event, asker, ref)
        return event

    def publish(self, event: Event, asker: Socket | None = None, ref: str | None = None) -> None:
        """Send a stored frame to all sockets of its user.

        Args:
            event: The frame.
            asker: The socket that the frame answers.
            ref: The asker's own mark.
        """
        self._feed.announce(event)
        self._hub.publish(event, asker, ref)


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


async def _to_its_end(work: Awaitable[Event]) -> Event:
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # marks it as seen: the cancellation is what counts now
        raise

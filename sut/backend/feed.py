"""Brings the users' stored frames to this instance's sockets, whichever instance stored them: each once, in order.

Frames come from this instance itself, from others through Redis, or from PostgreSQL, which is asked for every gap and,
from time to time, whether there is anything new: what the other two lose is found there.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sut.backend.hub import Hub
from sut.backend.second_way import SecondWay
from sut.common.errors import PlatformError
from sut.store import run_events, threads
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

LOOK_EVERY_S = 3.0
LOOK_EVERY_WITHOUT_REDIS_S = 1.0
# So many frames of a user may wait here for those before them; further ones are read from PostgreSQL, like the gap.
MOST_EARLY = 1000
PAGE = 200
# A transaction's frames bear the time of its begin; none takes as long as this.
LONGEST_TRANSACTION = timedelta(seconds=30)
_NO_END = 2**62

_log = logging.getLogger(__name__)


@dataclass
class _Follower:
    """What has been sent to a user's sockets here: the last ``seq`` of each thread, and what came too early."""

    reached: dict[UUID, int]
    early: dict[tuple[UUID, int], Event] = field(default_factory=dict)
    unseen: bool = False


class Feed:
    """The frames of all users who have a socket here.

    Attributes:
        second_way: When PostgreSQL is asked for news.
    """

    def __init__(self, db: Database, hub: Hub) -> None:
        self._db = db
        self._hub = hub
        self._followers: dict[UUID, _Follower] = {}
        self._fetching: dict[UUID, asyncio.Task[None]] = {}
        self.second_way = SecondWay(LOOK_EVERY_S, LOOK_EVERY_WITHOUT_REDIS_S)
        self._looked_at: datetime | None = None

    async def follow(self, user_id: UUID) -> None:
        """Note how far a user's threads have come: what is stored from now on is sent to their sockets.

        Args:
            user_id: A user who is about to have a socket here.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """
        if user_id not in self._followers:
            rows = await self._db.run(None, lambda conn: threads.reached(conn, [user_id], None))
            self._followers.setdefault(user_id, _Follower({row["id"]: row["last_seq"] for row in rows}))
        self._followers[user_id].unseen = False

    def offer(self, event: Event) -> None:
        """Send a stored frame when its turn in its thread has come; one that was sent before is dropped.

        Args:
            event: The frame.
        """
        follower = self._followers.get(event.user_id)
        if follower is None:
            self._hub.answered(event.run_id)
            return
        reached = follower.reached.get(event.thread_id, 0)
        if event.seq > reached + 1:
            if len(follower.early) < MOST_EARLY:
                follower.early[event.thread_id, event.seq] = event
            self._fetch(event.user_id, event.thread_id)
        elif event.seq == reached + 1:
            self._send(follower, event)

    def hear(self, event: Event) -> None:
        """Send a frame that was stored elsewhere, or that was missed here, in its turn.

        Args:
            event: The frame.
        """
        self.offer(event)

    async def work(self) -> None:
        """Ask PostgreSQL for news again and again, until cancelled."""
        while True:
            await self.second_way.wait()
            try:
                await self.look()
            except PlatformError as error:
                _log.warning("news cannot be looked up: %s", error.message)

    async def look(self) -> None:
        """Ask PostgreSQL once whether something was stored that has not been sent here.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """
        self._forget_who_left()
        if not self._followers:
            return
        now, rows = await self._db.run(None, self._news)
        self._looked_at = now - LONGEST_TRANSACTION
        for row in rows:
            follower = self._followers.get(row["user_id"])
            if follower is not None and row["last_seq"] > follower.reached.get(row["id"], 0):
                self._fetch(row["user_id"], row["id"])

    async def _news(self, conn: Connection) -> tuple[datetime, list[dict[str, Any]]]:
        now: datetime = await conn.fetchval("SELECT now()")
        return now, await threads.reached(conn, list(self._followers), self._looked_at)

    def _send(self, follower: _Follower, event: Event) -> None:
        following: Event | None = event
        while following is not None:
            follower.reached[event.thread_id] = following.seq
            follower.early.pop((event.thread_id, following.seq), None)
            self._hub.publish(following)
            following = follower.early.get((event.thread_id, following.seq + 1))

    def _fetch(self, user_id: UUID, thread_id: UUID) -> None:
        if thread_id not in self._fetching:
            task = asyncio.create_task(self._fill(user_id, thread_id))
            self._fetching[thread_id] = task
            task.add_done_callback(lambda _: self._fetching.pop(thread_id, None))

    async def _fill(self, user_id: UUID, thread_id: UUID) -> None:
        found = PAGE
        while found == PAGE and (follower := self._followers.get(user_id)) is not None:
            after = follower.reached.get(thread_id, 0)
            try:
                read = partial(run_events.of_thread, thread_id=thread_id, after_seq=after, up_to=_NO_END, limit=PAGE)
                events = await self._db.run(None, read)
            except PlatformError as error:
                _log.warning("a gap cannot be filled yet: %s", error.message)
                return
            found = len(events)
            for event in events:
                self.hear(event)

    def _forget_who_left(self) -> None:
        """Forget users who had no socket here at two looks running: one who is just connecting is kept."""
        for user_id, follower in list(self._followers.items()):
            if self._hub.has(user_id):
                follower.unseen = False
            elif follower.unseen:
                del self._followers[user_id]
            else:
                follower.unseen = True

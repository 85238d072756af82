"""Copies in Redis of what PostgreSQL holds: faster to look at, never the truth, and never waited for."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import UUID

from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from sut.backend.frames import event_frame
from sut.backend.job import Story
from sut.store.redis import Cache
from sut.store.run_events import Event

EVENTS_KEPT = 1000
EVENTS_TTL_S = 3600
RUN_TTL_S = 3600
CONTEXT_TTL_S = 24 * 3600
# While Redis is away at most this many copies wait; the oldest are dropped first.
MOST_WAITING = 10_000

_STATES = {"message_ack": "queued", "agent_started": "running", "agent_error": "failed", "agent_stopped": "stopped"}

_log = logging.getLogger(__name__)


class Mirror:
    """Writes the copies, one after the other, in a task of its own."""

    def __init__(self, cache: Cache, instance: str) -> None:
        self._cache = cache
        self._instance = instance
        self._waiting: deque[Callable[[Pipeline], object]] = deque(maxlen=MOST_WAITING)
        self._filled = asyncio.Event()
        self._away = False

    def announce(self, event: Event) -> None:
        """Tell the other instances of a stored frame, and copy it, and a run's new state.

        Args:
            event: The frame.
        """
        key = self._cache.keys.events(event.user_id)
        channel, text = self._cache.keys.events_channel(), event_frame(event).text
        self.add(lambda pipe: pipe.publish(channel, f"{self._instance} {text}"))
        self.add(lambda pipe: pipe.xadd(key, {"frame": text}, maxlen=EVENTS_KEPT))
        self.add(lambda pipe: pipe.expire(key, EVENTS_TTL_S))
        state = event.data["status"] if event.type == "agent_completed" else _STATES.get(event.type)
        if state is not None:
            value = {"user_id": str(event.user_id), "thread_id": str(event.thread_id), "state": state, "seq": event.seq}
            self._set(self._cache.keys.run_state(event.run_id), value, RUN_TTL_S)

    def taken(self, run_id: UUID) -> None:
        """Tell the instance that works on a run that it was taken from it.

        Args:
            run_id: The run.
        """
        channel = self._cache.keys.stops_channel()
        self.add(lambda pipe: pipe.publish(channel, str(run_id)))

    def remember(self, story: Story, turns: list[dict[str, Any]]) -> None:
        """Copy what was said last in a thread.

        Args:
            story: A run of the thread.
            turns: ``role, content, result`` of each message, oldest first.
        """
        value = {"user_id": str(story.identity.user_id), "turns": turns}
        self._set(self._cache.keys.thread_context(story.thread_id), value, CONTEXT_TTL_S)

    async def work(self) -> None:
        """Write copies until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            await self._write([self._waiting.popleft() for _ in range(len(self._waiting))])

    async def _write(self, copies: list[Callable[[Pipeline], object]]) -> None:
        try:
            async with self._cache.redis.pipeline(transaction=False) as pipe:
                for copy in copies:
                    copy(pipe)
                await pipe.execute()
        except RedisError as error:
            if not self._away:
                _log.warning("Redis is away, copies are not kept: %s", error)
            self._away = True
        else:
            self._away = False

    def _set(self, key: str, value: dict[str, Any], ttl_s: int) -> None:
        text = json.dumps(value)
        self.add(lambda pipe: pipe.set(key, text, ex=ttl_s))

    def add(self, copy: Callable[[Pipeline], object]) -> None:
        """Write something when its turn comes; it may be lost.

        Args:
            copy: Adds a command to a pipeline.
        """
        self._waiting.append(copy)
        self._filled.set()

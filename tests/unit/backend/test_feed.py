"""Frames that come before those that stand in front of them, while PostgreSQL cannot be asked for these."""

import gc
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from goldenpath.polling import until
from sut.backend import feed as feed_module
from sut.backend.feed import Feed
from sut.backend.hub import Hub
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store.postgres import Database
from sut.store.run_events import Event

USER = Identity(new_id(), new_id(), new_id(), frozenset({"chat"}), datetime.now(UTC))
THREADS = new_id(), new_id()
FRAMES = 2 * feed_module.MOST_EARLY


@dataclass
class Listener:
    identity: Identity
    heard: list[tuple[UUID, int]] = field(default_factory=list)

    def deliver(self, event: Event, **_added: object) -> None:
        self.heard.append((event.thread_id, event.seq))

    def close(self, code: int, reason: str) -> None: ...


class Store:
    """PostgreSQL, which others reach and this instance does not always."""

    def __init__(self) -> None:
        self.away = False

    async def run(self, _identity: None, work: Any) -> Any:
        if self.away:
            raise PlatformError("SERVICE_UNAVAILABLE", "away")
        return await work(None)


def frame(thread_id: UUID, seq: int) -> Event:
    return Event(
        id=new_id(),
        user_id=USER.user_id,
        thread_id=thread_id,
        run_id=new_id(),
        request_id=new_id(),
        seq=seq,
        type="agent_thinking",
        data={},
        trace_id="",
        created_at=datetime.now(UTC),
    )


async def test_what_comes_early_while_postgresql_is_away_is_bounded_and_all_of_it_is_sent_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def of_thread(_conn: None, thread_id: UUID, after_seq: int, up_to: int, limit: int) -> list[Event]:
        return [frame(thread_id, seq) for seq in range(after_seq + 1, min(after_seq + limit, FRAMES) + 1)]

    async def reached(_conn: None, _users: list[UUID], _since: None) -> list[dict[str, Any]]:
        return []

    monkeypatch.setattr(feed_module.run_events, "of_thread", of_thread)
    monkeypatch.setattr(feed_module.threads, "reached", reached)
    store, hub, listener = Store(), Hub(), Listener(USER)
    hub.add(listener)
    feed = Feed(cast(Database, store), hub)
    await feed.follow(USER.user_id)
    store.away = True
    before = kept_frames()
    for seq in range(2, FRAMES):
        for thread_id in THREADS:
            feed.offer(frame(thread_id, seq))
    assert kept_frames() - before <= feed_module.MOST_EARLY + 2
    assert listener.heard == []
    store.away = False
    for thread_id in THREADS:
        feed.offer(frame(thread_id, FRAMES))

    async def all_sent() -> bool | None:
        return len(listener.heard) == len(THREADS) * FRAMES or None

    await until(all_sent, within_s=5, what="all frames")
    for thread_id in THREADS:
        assert [seq for thread, seq in listener.heard if thread == thread_id] == list(range(1, FRAMES + 1))
    assert kept_frames() == before


def kept_frames() -> int:
    gc.collect()
    return sum(isinstance(one, Event) for one in gc.get_objects())

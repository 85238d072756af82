"""What is heard through Redis, and that it is listened to again after each outage."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from sut.backend import listening
from sut.backend.feed import Feed
from sut.backend.hub import Hub
from sut.backend.listening import Listening
from sut.backend.revocations import Revocations
from sut.backend.scheduler import Scheduler
from sut.backend.second_way import SecondWay
from sut.common.ids import new_id
from sut.store.keys import Keys
from sut.store.postgres import Database
from sut.store.redis import Cache

KEYS = Keys("t:")
AWAY = RedisConnectionError("away")


class Redis:
    """A server that says what a test says; then it ends the test's listening."""

    def __init__(self, *script: Any) -> None:
        self.script = deque(script)
        self.keys = KEYS
        self.redis = self
        self.subscribed: list[tuple[str, ...]] = []

    @asynccontextmanager
    async def pubsub(self, **_options: object) -> AsyncIterator["Redis"]:
        yield self

    async def subscribe(self, *channels: str) -> None:
        if self.script and self.script[0] is AWAY:
            raise self.script.popleft()
        self.subscribed.append(channels)

    async def get_message(self, timeout: float) -> Any:
        if not self.script:
            raise asyncio.CancelledError
        said = self.script.popleft()
        if isinstance(said, Exception):
            raise said
        return said


class Listeners:
    """Those who are told."""

    def __init__(self) -> None:
        self.taken: list[UUID] = []
        self.ended: list[UUID] = []
        self.there: list[bool] = []
        self.pauses: list[float] = []

    def lose(self, run_id: UUID) -> None:
        self.taken.append(run_id)

    def close_session(self, session_id: UUID) -> None:
        self.ended.append(session_id)

    async def listen(self, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        monkeypatch.setattr(listening, "pause", pause)
        monkeypatch.setattr(SecondWay, "redis_is", lambda _, *, there: self.there.append(there))
        nowhere = cast(Database, None)
        work = Listening(
            cast(Cache, redis),
            Feed(nowhere, Hub()),
            cast(Scheduler, self),
            Revocations(nowhere, cast(Hub, self)),
            instance="here",
        ).work()
        with pytest.raises(asyncio.CancelledError):
            await work


def message(channel: str, text: str) -> dict[str, str]:
    return {"channel": channel, "data": text}


async def test_each_channel_has_its_listener_and_what_cannot_be_read_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, session = new_id(), new_id()
    channels = KEYS.events_channel(), KEYS.stops_channel(), KEYS.revocations_channel()
    nonsense = [message(channel, text) for channel in channels for text in ("", "other {}", "[]", '{"a": 1}')]
    redis = Redis(
        *nonsense, None, message(channels[1], str(run)), message(channels[2], json.dumps({"session_id": str(session)}))
    )
    listeners = Listeners()
    await listeners.listen(redis, monkeypatch)
    assert redis.subscribed == [channels]
    assert (listeners.taken, listeners.ended) == ([run], [session])
    assert len([record for record in caplog.records if "cannot be read" in record.message]) == len(nonsense)


async def test_after_each_outage_it_listens_again_and_each_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listeners = Listeners()
    await listeners.listen(Redis(AWAY, AWAY, None, OSError("cut"), AWAY, AWAY, None), monkeypatch)
    # both second ways are told of each change
    assert listeners.there == [False, False, True, True] * 2
    assert listeners.pauses == [listening.TRY_AGAIN_S] * 5
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2

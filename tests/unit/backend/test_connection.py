import asyncio
import gc
import json
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from starlette.websockets import WebSocket

from sut.backend.client_frames import ClientFrame
from sut.backend.connection import INBOX_FRAMES, Connection, Handler
from sut.backend.expiry import SessionClock
from sut.backend.frames import Frame
from sut.backend.outbox import MOST_FRAMES
from sut.backend.presence import Presence
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store.run_events import Event

USER = Identity(uuid4(), uuid4(), uuid4(), frozenset({"chat"}), datetime.now(UTC))
LEAVES = {"type": "websocket.disconnect", "code": 1000}


@dataclass
class Wire:
    """A WebSocket whose other end is the test."""

    incoming: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str | None] | None = None
    readable: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send_text(self, text: str) -> None:
        await self.readable.wait()
        self.sent.append(json.loads(text))

    async def close(self, code: int, reason: str | None = None) -> None:
        self.closed = (code, reason)

    def says(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})


class NoPresence:
    async def show(self, identity: Identity, connection_id: UUID) -> None: ...

    async def remove(self, identity: Identity, connection_id: UUID) -> None: ...


class NoEnd:
    async def until_over(self, identity: Identity) -> None:
        await asyncio.Event().wait()


class Line:
    """A connection over a wire, with handlers of the test."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.wire.readable.set()
        self.handlers: dict[str, Handler] = {}
        self.connection = Connection(
            cast(WebSocket, self.wire),
            USER,
            self.route,
            presence=cast(Presence, NoPresence()),
            clock=cast(SessionClock, NoEnd()),
            heartbeat_s=3600,
            sent=Counter(),
        )

    def route(self, kind: str) -> Handler:
        if kind not in self.handlers:
            raise PlatformError("UNKNOWN_TYPE", kind)
        return self.handlers[kind]

    async def heard(self, frames: int, serving: "asyncio.Task[None]") -> None:
        async with asyncio.timeout(5):
            while len(self.wire.sent) < frames:
                await asyncio.wait([serving], timeout=0.01)

    def told(self) -> list[str]:
        return [frame["type"] for frame in self.wire.sent]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    made.connection.close(1000, "the test is over")


def event(seq: int, thread: UUID) -> Event:
    ids = {"id": uuid4(), "run_id": uuid4(), "request_id": uuid4(), "user_id": USER.user_id, "thread_id": thread}
    return Event(**ids, seq=seq, type="x", data={}, trace_id="", created_at=datetime.now(UTC))


async def test_too_slow_a_reader_is_closed_with_1013(line: Line) -> None:
    line.wire.readable.clear()
    serving = asyncio.create_task(line.connection.serve())
    for seq in range(MOST_FRAMES + 2):
        line.connection.deliver(event(seq, uuid4()))
    await serving
    assert line.wire.closed is not None
    assert line.wire.closed[0] == 1013


async def test_broken_handler_is_told_and_logged_and_the_socket_stays(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_connection: Connection, _frame: ClientFrame) -> None:
        raise ZeroDivisionError("inside knowledge")

    async def fine(connection: Connection, frame: ClientFrame) -> None:
        connection.say("fine", {}, ref=frame.ref)

    line.handlers = {"broken": Handler(broken), "fine": Handler(fine)}
    line.wire.says('{"type": "broken", "ref": "r1"}')
    line.wire.says('{"type": "fine", "ref": "r2"}')
    serving = asyncio.create_task(line.connection.serve())
    await line.heard(2, serving)
    assert [(frame["type"], frame["data"]["ref"]) for frame in line.wire.sent] == [("error", "r1"), ("fine", "r2")]
    assert line.wire.sent[0]["data"]["error"]["code"] == "INTERNAL"
    assert "inside knowledge" not in json.dumps(line.wire.sent)
    assert "broken frame could not be handled" in caplog.text
    line.wire.incoming.put_nowait(LEAVES)
    await serving
    assert line.wire.closed == (1000, "")


async def test_quick_frames_go_before_slow_ones(line: Line) -> None:
    door = asyncio.Event()

    async def slow(connection: Connection, _frame: ClientFrame) -> None:
        await door.wait()
        connection.say("slow", {})

    async def quick(connection: Connection, _frame: ClientFrame) -> None:
        connection.say("quick", {})
        door.set()

    line.handlers = {"slow": Handler(slow), "quick": Handler(quick, at_once=True)}
    serving = asyncio.create_task(line.connection.serve())
    for kind in ("slow", "quick"):
        line.wire.says(json.dumps({"type": kind}))
    await line.heard(2, serving)
    assert line.told() == ["quick", "slow"]
    line.wire.incoming.put_nowait(LEAVES)
    await serving


async def test_held_thread_comes_after_its_replay(line: Line) -> None:
    thread, other = uuid4(), uuid4()
    line.connection.hold(thread)
    for seq in (4, 5, 6):
        line.connection.deliver(event(seq, thread))
    line.connection.deliver(event(1, other))
    await line.connection.replay(event(5, thread))
    line.connection.let_go(thread, 5)
    line.connection.deliver(event(7, thread))
    serving = asyncio.create_task(line.connection.serve())
    await line.heard(4, serving)
    assert [(frame["seq"], frame["data"].get("replayed")) for frame in line.wire.sent] == [
        (1, None),
        (5, True),
        (6, None),
        (7, None),
    ]
    line.wire.incoming.put_nowait(LEAVES)
    await serving


async def test_replayed_frames_that_come_live_only_now_are_not_sent_again(line: Line) -> None:
    thread = uuid4()
    line.connection.hold(thread)
    line.connection.deliver(event(1, thread))
    for seq in (1, 2, 3):
        await line.connection.replay(event(seq, thread))
    line.connection.let_go(thread, 3)
    for seq in (2, 3, 4):
        line.connection.deliver(event(seq, thread))
    line.connection.repeat(event(1, thread), replayed=True)
    serving = asyncio.create_task(line.connection.serve())
    await line.heard(5, serving)
    assert [frame["seq"] for frame in line.wire.sent] == [1, 2, 3, 4, 1]
    line.wire.incoming.put_nowait(LEAVES)
    await serving


async def test_what_was_said_before_leaving_is_handled_but_nothing_after_the_server_closed(line: Line) -> None:
    handled: list[str] = []

    async def note(connection: Connection, frame: ClientFrame) -> None:
        handled.append(str(frame.ref))
        if frame.ref == "stop":
            connection.close(1008, "over")

    line.handlers = {"note": Handler(note)}
    for ref in ("a", "b"):
        line.wire.says(json.dumps({"type": "note", "ref": ref}))
    line.wire.incoming.put_nowait(LEAVES)
    await asyncio.wait_for(line.connection.serve(), 5)
    assert handled == ["a", "b"]
    closing = Line()
    closing.handlers = line.handlers
    closing.connection.close(1008, "over")
    closing.wire.says(json.dumps({"type": "note", "ref": "c"}))
    await asyncio.wait_for(closing.connection.serve(), 5)
    assert handled == ["a", "b"]
    assert closing.wire.closed == (1008, "over")


async def test_frames_that_go_ahead_do_not_wait_for_queued_ones(line: Line) -> None:
    door = asyncio.Event()

    async def slow(connection: Connection, frame: ClientFrame) -> None:
        await door.wait()
        connection.say("slow", {}, ref=frame.ref)

    async def stop(connection: Connection, _frame: ClientFrame) -> None:
        connection.say("stop", {})
        door.set()

    line.handlers = {"slow": Handler(slow), "stop": Handler(stop, ahead=True)}
    serving = asyncio.create_task(line.connection.serve())
    for kind in ("slow", "slow", "stop"):
        line.wire.says(json.dumps({"type": kind}))
    await line.heard(3, serving)
    assert line.told() == ["stop", "slow", "slow"]
    line.wire.incoming.put_nowait(LEAVES)
    await serving


async def test_pings_are_answered_however_many_frames_wait(line: Line) -> None:
    async def stuck(_connection: Connection, _frame: ClientFrame) -> None:
        await asyncio.Event().wait()

    async def ping(connection: Connection, _frame: ClientFrame) -> None:
        connection.say("pong", {}, urgent=True)

    line.handlers = {"stuck": Handler(stuck), "ping": Handler(ping, at_once=True)}
    for _ in range(INBOX_FRAMES + 3):
        line.wire.says(json.dumps({"type": "stuck"}))
    line.wire.says(json.dumps({"type": "ping"}))
    serving = asyncio.create_task(line.connection.serve())
    await line.heard(4, serving)
    assert line.told() == ["pong", "error", "error", "error"]
    refused = [frame for frame in line.wire.sent if frame["type"] == "error"]
    assert {frame["data"]["error"]["code"] for frame in refused} == {"RATE_LIMITED"}
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def test_too_much_that_is_kept_back_for_a_replay_closes_with_1013(line: Line) -> None:
    thread = uuid4()
    line.connection.hold(thread)
    for seq in range(MOST_FRAMES + 1):
        line.connection.deliver(event(seq, thread))
    await line.connection.serve()
    assert line.wire.closed is not None
    assert line.wire.closed[0] == 1013


class Said(str):
    """Text that can be watched."""


async def test_an_open_socket_keeps_nothing_of_what_was_said_on_it(line: Line) -> None:
    async def echo(connection: Connection, frame: ClientFrame) -> None:
        connection.say("echo", {"text": frame.payload["text"]})

    marker = "said only once"
    line.handlers = {"echo": Handler(echo)}
    text = Said(json.dumps({"type": "echo", "payload": {"text": marker}}))
    heard = weakref.ref(text)
    line.wire.says(text)
    del text
    serving = asyncio.create_task(line.connection.serve())
    await line.heard(1, serving)
    await asyncio.wait([serving], timeout=0.01)
    gc.collect()
    kept = [one for one in gc.get_objects() if isinstance(one, (Frame, ClientFrame)) and marker in repr(one)]
    assert heard() is None
    assert not kept
    line.wire.incoming.put_nowait(LEAVES)
    await serving


async def test_a_socket_that_has_ended_is_gone() -> None:
    ended = Line()
    gone = weakref.ref(ended.connection)
    ended.wire.incoming.put_nowait(LEAVES)
    await ended.connection.serve()
    del ended
    gc.collect()
    assert gone() is None

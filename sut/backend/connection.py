"""One open WebSocket: reads, handles, writes and watches its time, none of these waiting for another."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect

from sut.backend.client_frames import ClientFrame, read_frame, ref_of
from sut.backend.expiry import SessionClock
from sut.backend.frames import Frame, event_frame, passing_frame
from sut.backend.inbox import Inbox
from sut.backend.outbox import MOST_FRAMES, Outbox, OutboxFullError
from sut.backend.presence import Presence
from sut.backend.rates import rate_limited
from sut.backend.tasks import end
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.jsontext import parse_object
from sut.common.timing import pause
from sut.common.trace import current_trace_id, new_trace_id, trace_id
from sut.store.run_events import Event

INBOX_FRAMES = 128
CLOSE_WITHIN_S = 2.0
# the answer to a client that closes: what it said itself is what it hears
ANSWERED = (1000, "")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler:
    """What answers frames of one type.

    Args:
        handle: Answers one frame.
        at_once: Whether it is done while the frame is read; it must not wait for anything then.
        ahead: Whether it goes before the frames that wait.
    """

    handle: Callable[["Connection", ClientFrame], Awaitable[None]]
    at_once: bool = False
    ahead: bool = False


Route = Callable[[str], Handler]
_Ending = tuple[int, str] | None
_Inbox = Inbox[tuple[Handler, ClientFrame] | None]


class Connection:
    """An open socket of a user, from its greeting to its end."""

    def __init__(
        self,
        websocket: WebSocket,
        identity: Identity,
        route: Route,
        *,
        presence: Presence,
        clock: SessionClock,
        heartbeat_s: float,
        sent: Counter[str],
    ) -> None:
        """Make it.

        Args:
            websocket: Accepted.
            identity: Who is connected.
            route: Finds the handler of a type of frame.
            presence: Where it is shown that the user is there.
            clock: Knows for how long the session may use the socket.
            heartbeat_s: Seconds between two heartbeats.
            sent: Counts, by type, the frames that this process has handed to its sockets.
        """
        self.id = new_id()
        self.last_thread: UUID | None = None
        self._websocket = websocket
        self._identity = identity
        self._route = route
        self._presence = presence
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._sent = sent
        self._outbox = Outbox()
        self._inbox, self._ahead = _Inbox(), _Inbox()
        self._held: dict[UUID, list[Event]] = {}
        self._replayed: dict[UUID, int] = {}
        self._ending: asyncio.Future[_Ending] = asyncio.get_running_loop().create_future()

    @property
    def identity(self) -> Identity:
        """Who is connected."""
        return self._identity

    def deliver(self, event: Event, **added: object) -> None:
        """Send a stored frame, unless its thread is being replayed on this socket: then it waits for its place.

        Args:
            event: The frame.
            **added: What this copy's data says besides.
        """
        held = self._held.get(event.thread_id)
        if held is not None and len(held) < MOST_FRAMES:
            held.append(event)
        elif held is not None:
            self._overload()
        elif event.seq > self._replayed.get(event.thread_id, 0):
            self._put(event_frame(event, **added))

    def repeat(self, event: Event, **added: object) -> None:
        """Send a stored frame that this socket may have had before.

        Args:
            event: The frame.
            **added: What this copy's data says besides.
        """
        self._put(event_frame(event, **added))

    def say(self, kind: str, data: dict[str, Any], *, ref: str | None = None, urgent: bool = False) -> None:
        """Send a frame that is kept nowhere.

        Args:
            kind: Its type.
            data: Its data.
            ref: The mark of the client frame that it answers.
            urgent: Whether it goes before all that waits.
        """
        told = data if ref is None else {**data, "ref": ref}
        self._put(passing_frame(kind, told, self._identity.user_id, current_trace_id()), urgent=urgent)

    def say_error(self, error: PlatformError, ref: str | None) -> None:
        """Send an ``error`` frame.

        Args:
            error: What is wrong.
            ref: The mark of the client frame that it answers.
        """
        self.say("error", {"error": error.as_dict(current_trace_id())}, ref=ref)

    def hold(self, thread_id: UUID) -> None:
        """Keep back what happens in a thread from now on.

        Args:
            thread_id: The thread that is about to be replayed.
        """
        self._held[thread_id] = []

    async def replay(self, event: Event) -> None:
        """Send a stored frame once more, in its turn.

        Args:
            event: The frame.
        """
        await self._outbox.put_in_turn(event_frame(event, replayed=True))

    def let_go(self, thread_id: UUID, after_seq: int) -> None:
        """Send what was kept back of a thread, and whatever happens in it, again.

        Args:
            thread_id: The thread.
            after_seq: The last ``seq`` that was replayed.
        """
        # Another instance's frames may come here later than their replay; then they are not sent again.
        self._replayed[thread_id] = max(after_seq, self._replayed.get(thread_id, 0))
        for event in self._held.pop(thread_id, ()):
            self.deliver(event)

    def close(self, code: int, reason: str) -> None:
        """Close the socket; the first reason counts.

        Args:
            code: The close code (RFC 6455 section 7.4).
            reason: In plain words, at most 123 bytes.
        """
        self._end((code, reason))

    async def serve(self) -> None:
        """Keep the socket until it ends."""
        workers = [asyncio.create_task(self._work(inbox)) for inbox in (self._inbox, self._ahead)]
        helpers = [
            self._helper(self._read()),
            self._helper(self._write()),
            self._helper(self._beat()),
            self._helper(self._watch_session()),
        ]
        try:
            ending = await self._ending
            self._outbox.close()
            await end(helpers)
            # whoever hears that the socket is closed may take its slot at once
            await self._presence.remove(self._identity, self.id)
            await self._say_goodbye(*(ending or ANSWERED))
            for inbox in (self._inbox, self._ahead):
                # What the client said before it left is still done; after the server's own close nothing is.
                if ending is not None:
                    inbox.clear()
                inbox.put(None)
            await asyncio.gather(*workers)
        finally:
            await end([*workers, *helpers])
            await self._presence.remove(self._identity, self.id)

    def _helper(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        task.add_done_callback(self._helper_done)
        return task

    def _helper_done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a socket of user %s failed", self._identity.user_id, exc_info=error)
            self._end((1012, "internal trouble, connect again"))

    def _end(self, ending: _Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    def _put(self, frame: Frame, *, urgent: bool = False) -> None:
        try:
            self._outbox.put(frame, urgent=urgent)
        except OutboxFullError:
            self._overload()

    def _overload(self) -> None:
        self.close(1013, "reading too slowly; connect again and resume")

    async def _say_goodbye(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._websocket.close(code, reason)

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self._end(None)
                return
            text = message.get("text")
            if text is None:
                self.close(1003, "frames are text")
                return
            await self._take(text)
            del message, text  # a client that says no more for hours should not cost what it said last
            await self._outbox.eased()

    async def _take(self, text: str) -> None:
        trace_id.set(new_trace_id())
        ref = None
        try:
            body = parse_object(text)
            ref = ref_of(body)
            frame = read_frame(body)
            handler = self._route(frame.type)
            inbox = self._ahead if handler.ahead else self._inbox
            if not handler.at_once and len(inbox) >= INBOX_FRAMES:
                raise rate_limited("Too many of your frames wait to be handled.", 1)
        except PlatformError as error:
            self.say_error(error, ref)
            return
        if handler.at_once:
            await self._handle(handler, frame)
        else:
            inbox.put((handler, frame))

    async def _work(self, inbox: _Inbox) -> None:
        while (item := await inbox.take()) is not None:
            trace_id.set(new_trace_id())
            await self._handle(*item)
            del item

    async def _handle(self, handler: Handler, frame: ClientFrame) -> None:
        try:
            await handler.handle(self, frame)
        except PlatformError as error:
            self.say_error(error, frame.ref)
        except Exception:
            _log.exception("a %s frame could not be handled", frame.type)
            trouble = PlatformError("INTERNAL", "Something went wrong on our side; the trace id helps to find it.")
            self.say_error(trouble, frame.ref)

    async def _write(self) -> None:
        try:
            while True:
                frame = await self._outbox.take()
                await self._websocket.send_text(frame.text)
                self._sent[frame.type] += 1
                del frame
        except WebSocketDisconnect:
            self._end(None)

    async def _beat(self) -> None:
        while True:
            await self._presence.show(self._identity, self.id)
            await pause(self._heartbeat_s)
            self.say("heartbeat", {})

    async def _watch_session(self) -> None:
        await self._clock.until_over(self._identity)
        self.close(1008, "the session is over; log in again")

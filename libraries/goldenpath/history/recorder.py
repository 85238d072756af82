"""The history of one test: every frame, request, look-up and fault, recorded once and read by everyone."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from goldenpath.errors import GoldenPathError, PromiseBroken
from goldenpath.history.exchange import Exchange
from goldenpath.history.faults import Fault
from goldenpath.history.frame import Direction, Frame, Reading
from goldenpath.history.look_ups import LookUp
from goldenpath.history.people import People

MOST_FRAMES = 200_000
MOST_CHARACTERS = 256 * 1024 * 1024
_MOST_GROUPS_TOLD = 40


class HistoryFullError(GoldenPathError):
    """More came than a test's history may hold; nothing is dropped in silence."""


@dataclass(frozen=True, slots=True)
class Close:
    """How a connection ended.

    Args:
        code: The close code; 1006 when the connection broke without a close frame.
        reason: The reason in the close frame, or what happened to the connection.
        at_ns: `time.monotonic_ns` when the close frame came, or when the connection was found gone.
        by: Who ended it.
    """

    code: int
    reason: str
    at_ns: int
    by: Literal["server", "client", "network"]

    def __str__(self) -> str:
        return f"closed by the {self.by} with {self.code}" + (f" ({self.reason})" if self.reason else "")


@dataclass(slots=True)
class _Waiter:
    predicate: Callable[[Frame], bool]
    found: asyncio.Future[Frame]

    def offer(self, frame: Frame) -> bool:
        """Settle the wait if the frame is the awaited one, or if the question itself fails; whether it is over."""
        if self.found.done():
            return True
        try:
            if self.predicate(frame):
                self.found.set_result(frame)
        except Exception as error:  # it belongs to who asked, not to the reader of the socket
            self.found.set_exception(error)
        return self.found.done()


class Channel:
    """The frames of one connection of one user, in the order in which they passed.

    Frames are recorded and awaited on the loop; any thread may read them.

    Args:
        recorder: The history that it belongs to.
        owner: Whose connection it is.
        name: Which of their connections.

    Attributes:
        frames: All frames, both directions; only ever appended to.
        recorder: The history that it belongs to.
        asked_ns: `time.monotonic_ns` at the making of the channel, before the handshake.
        opened_ns: `time.monotonic_ns` at the end of the handshake; until then, at the making of the channel.
        closed: How the connection ended; ``None`` while it is open.
        failure: Why no more frames can be recorded; every wait raises it.
    """

    def __init__(self, recorder: "Recorder", owner: str, name: str) -> None:
        self.owner = owner
        self.name = name
        self.frames: list[Frame] = []
        self.asked_ns = self.opened_ns = time.monotonic_ns()
        self.closed: Close | None = None
        self.failure: HistoryFullError | None = None
        self.recorder = recorder
        self._waiters: list[_Waiter] = []
        self._close_waiters: list[asyncio.Future[Close]] = []

    def record(self, direction: Direction, raw: str | bytes) -> Frame:
        """Stamp a frame and keep it.

        Args:
            direction: ``in`` from the platform, ``out`` to it.
            raw: The frame as it passed the wire.

        Returns:
            The frame.

        Raises:
            HistoryFullError: The test's history is full.
        """
        frame = Frame(direction, raw, self.recorder.reading)
        try:
            self.recorder.take(len(raw), self)
        except HistoryFullError as error:
            self.failure = error
            self._give_up(error)
            raise
        self.frames.append(frame)
        if self._waiters and direction == "in":
            self._waiters = [waiter for waiter in self._waiters if not waiter.offer(frame)]
        return frame

    def record_close(self, close: Close) -> None:
        """Keep how the connection ended, and end every wait for a further frame.

        Args:
            close: The end; the first one counts.
        """
        if self.closed is not None:
            return
        self.closed = close
        for waiter in self._close_waiters:
            if not waiter.done():
                waiter.set_result(close)
        self._give_up(close)

    def received(self) -> list[Frame]:
        """Give the frames that came from the platform.

        Returns:
            A new list, in the order of their receipt.
        """
        return [frame for frame in self.frames if frame.direction == "in"]

    async def wait_for(self, predicate: Callable[[Frame], bool], within_s: float, what: str, since: int = 0) -> Frame:
        """Wait for a frame from the platform; one that is there already counts.

        Args:
            predicate: Whether it is the one.
            within_s: Seconds from now.
            what: What is awaited, as the beginning of a sentence: ``agent_completed of run 7``.
            since: Index into `frames` of the first one to look at.

        Returns:
            The first frame that fits.

        Raises:
            PromiseBroken: The time is up, or the connection was closed before; the text lists what did arrive.
            HistoryFullError: The test's history is full.
        """
        began_ns = time.monotonic_ns()
        for frame in self.frames[since:]:
            if frame.direction == "in" and predicate(frame):
                return frame
        if self.failure is not None:
            raise self.failure
        if self.closed is not None:
            raise PromiseBroken(f"{what} did not arrive: {self._told(since, began_ns)}")
        waiter = _Waiter(predicate, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(within_s) as limit:
                return await waiter.found
        except _NoMoreFramesError:
            raise PromiseBroken(f"{what} did not arrive: {self._told(since, began_ns)}") from None
        except TimeoutError:
            if not limit.expired():
                raise
            raise PromiseBroken(f"{what} did not arrive within {within_s:g} s: {self._told(since, began_ns)}") from None

    async def wait_closed(self, within_s: float, promised_by: str = "") -> Close:
        """Wait for the end of the connection.

        Args:
            within_s: Seconds from now.
            promised_by: The id of the limit that says so, for the failure.

        Returns:
            How it ended.

        Raises:
            PromiseBroken: It is still open then.
        """
        if self.closed is not None:
            return self.closed
        began_ns = time.monotonic_ns()
        ended: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._close_waiters.append(ended)
        try:
            async with asyncio.timeout(within_s):
                return await ended
        except TimeoutError:
            told = self._told(0, began_ns)
            by = f" ({promised_by})" if promised_by else ""
            raise PromiseBroken(f"The connection was not closed within {within_s:g} s{by}: {told}") from None
        finally:
            self._close_waiters.remove(ended)

    def _give_up(self, why: Close | HistoryFullError) -> None:
        for waiter in self._waiters:
            if not waiter.found.done():
                waiter.found.set_exception(why if isinstance(why, HistoryFullError) else _NoMoreFramesError())
        self._waiters = []

    def _told(self, since: int, began_ns: int) -> str:
        """Say what became of the connection, and which types did arrive and when."""
        state = str(self.closed) + f" at {self._time(self.closed.at_ns)}" if self.closed else "still open"
        groups: list[tuple[str, int, int, int]] = []  # type, first ns, last ns, how many in a row
        for frame in self.frames[since:]:
            if frame.direction != "in":
                continue
            name = "a malformed frame" if frame.malformed else frame.type or "a frame without a type"
            if groups and groups[-1][0] == name:
                groups[-1] = (name, groups[-1][1], frame.at_ns, groups[-1][3] + 1)
            else:
                groups.append((name, frame.at_ns, frame.at_ns, 1))
        told = [
            f"{name} at {self._time(first)}" if n == 1 else f"{n} × {name} at {self._time(first)} to {self._time(last)}"
            for name, first, last, n in groups[-_MOST_GROUPS_TOLD:]
        ]
        if len(groups) > _MOST_GROUPS_TOLD:
            told.insert(0, "… (earlier ones are in the history)")
        return (
            f"{self} is {state}; the wait began at {self._time(began_ns)}; arrived: "
            f"{', '.join(told) if told else 'nothing'} (seconds since the connection was opened)"
        )

    def _time(self, at_ns: int) -> str:
        return f"{(at_ns - self.opened_ns) / 1e9:.3f}"

    def __str__(self) -> str:
        return f"{self.owner}'s {self.name}"


class _NoMoreFramesError(Exception):
    """The connection ended under a wait."""


@dataclass(slots=True)
class Recorder:
    """Everything that happened between the users of one test and the platform.

    Args:
        most_frames: How many frames, exchanges and look-ups it may hold together; one more is an error.
        most_characters: How much text they may hold together; more is an error.
        reading: Reads frames in the contract's form, where the platform talks otherwise.

    Attributes:
        channels: The connections, in the order of their making.
        exchanges: The requests over HTTP, in the order of their ends.
        look_ups: What was read in the stores.
        rows_read_ns: When everybody's rows were read last (`time.monotonic_ns`); 0: they were not. Where everything
            was lost, no look-up tells that somebody looked.
        people: The users.
        faults: What was done to the platform on purpose.
        seeds: The numbers that random things of the test were made from, by what they are.
        count: How many frames, exchanges and look-ups it holds.
        characters: How much text they hold.
    """

    most_frames: int = MOST_FRAMES
    most_characters: int = MOST_CHARACTERS
    reading: Reading | None = None
    channels: list[Channel] = field(default_factory=list, init=False)
    exchanges: list[Exchange] = field(default_factory=list, init=False)
    look_ups: list[LookUp] = field(default_factory=list, init=False)
    rows_read_ns: int = field(default=0, init=False)
    people: People = field(default_factory=People, init=False)
    faults: list[Fault] = field(default_factory=list, init=False)
    seeds: dict[str, int] = field(default_factory=dict, init=False)
    count: int = field(default=0, init=False)
    characters: int = field(default=0, init=False)

    def channel(self, owner: str, name: str) -> Channel:
        """Make the channel of a new connection.

        Args:
            owner: Whose connection it is.
            name: What to call it; a number is added when they have one of that name already.

        Returns:
            A channel without frames.
        """
        taken = {channel.name for channel in self.channels if channel.owner == owner}
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} {number}"
        channel = Channel(self, owner, free)
        self.channels.append(channel)
        return channel

    def record_exchange(self, exchange: Exchange) -> None:
        """Keep a request and its answer.

        Args:
            exchange: What passed.

        Raises:
            HistoryFullError: The test's history is full.
        """
        self.take(exchange.size(), exchange)
        self.exchanges.append(exchange)

    def record_look_up(self, look_up: LookUp) -> None:
        """Keep what was read in a store.

        Args:
            look_up: What was read.

        Raises:
            HistoryFullError: The test's history is full.
        """
        self.take(len(look_up.text()), look_up.place)
        self.look_ups.append(look_up)

    def fault(self, name: str) -> Fault:
        """Note that a fault is asked for; its effect and its end are noted on what this returns.

        Args:
            name: What is done to the platform.

        Returns:
            The fault, not yet in effect.
        """
        fault = Fault(name)
        self.faults.append(fault)
        return fault

    def take(self, characters: int, what: object) -> None:
        """Make room for one more entry.

        Args:
            characters: How much text it holds.
            what: What it belongs to, for the error.

        Raises:
            HistoryFullError: There is no room for it.
        """
        if self.count >= self.most_frames:
            full = f"{self.most_frames} frames, exchanges and look-ups"
        elif self.characters + characters > self.most_characters:
            full = f"{self.characters} characters of the {self.most_characters} that it may hold"
        else:
            self.count += 1
            self.characters += characters
            return
        raise HistoryFullError(
            f"The history of this test is full: {full}, and one more came to {what}. "
            "Split the test, or give its Recorder a higher `most_frames` or `most_characters`"
        )

    def clear(self) -> None:
        """Forget everything, for the next test; frames of connections still open are no longer in this history."""
        self.channels, self.exchanges, self.look_ups, self.faults = [], [], [], []
        self.people.clear()
        self.seeds, self.rows_read_ns = {}, 0
        self.count = self.characters = 0

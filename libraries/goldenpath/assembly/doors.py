"""The doors of a backend that is starting: knocked at until they open, every answer kept."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from goldenpath.checks import check
from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.chat import HandshakeRefused
from goldenpath.handles import User
from goldenpath.limits import limit
from goldenpath.polling import until
from goldenpath.world import world

UNTIL_READY = check("refused-until-ready", "Until a platform is ready each door answers 503 and when to come again.")
FIRST_RUN = check("first-run-after-ready", "A run that is started as soon as the platform reports ready succeeds.")

FEWEST_TRIES = 10
START_WITHIN_S = 60.0
_EVERY_S = 0.02
_LATE_NS = 500_000_000
_SWITCHED, _OK, _NOT_FOUND, _UNAVAILABLE = 101, 200, 404, 503


@dataclass(frozen=True, slots=True)
class Knock:
    """One answer at a door.

    Args:
        door: Which.
        status: The HTTP status.
        retry_after: Whether the answer says when to come again.
        asked_ns: `time.monotonic_ns` before the request.
        opened: Whether the door let somebody in.
        code: The error's code; empty without one.
    """

    door: str
    status: int
    retry_after: bool
    asked_ns: int
    opened: bool = False
    code: str = ""

    @property
    def refused_well(self) -> bool:
        """Whether it is the refusal that is promised before the start is done."""
        return self.status == _UNAVAILABLE and self.retry_after


@dataclass(slots=True)
class Watch:
    """What was seen at the doors during one start.

    Args:
        start: What kind of start it was.
        ready_ns: `time.monotonic_ns` when the platform was first seen to report ready.
        knocks: All answers.
        not_ready: How often it reported that it was not ready yet.
    """

    start: str
    ready_ns: int = 0
    knocks: list[Knock] = field(default_factory=list)
    not_ready: int = 0

    @property
    def in_window(self) -> list[Knock]:
        """The answers to what was asked while the platform did not report ready."""
        return [knock for knock in self.knocks if not knock.opened]


def wrong_answers(watch: Watch) -> list[str]:
    """Find answers that break the promise of a start.

    Args:
        watch: What was seen.

    Returns:
        One sentence for each kind of finding.
    """
    wrong: dict[str, int] = {}
    for knock in watch.knocks:
        if knock.opened or (knock.refused_well and not _after_ready(watch, knock)):
            continue
        told = f"{knock.door} was answered {knock.status} {knock.code}".rstrip()
        if knock.status == _UNAVAILABLE and not knock.retry_after:
            told += " without Retry-After"
        if _after_ready(watch, knock):
            told += " after the platform had reported ready"
        wrong[told] = wrong.get(told, 0) + 1
    return [f"{text} ({times} times)" for text, times in wrong.items()]


def void(watches: Iterable[Watch]) -> str | None:
    """Tell whether too few answers fell into the time of the start to prove anything.

    Args:
        watches: What was seen, start by start.

    Returns:
        A sentence; ``None`` when there were enough.
    """
    for watch in watches:
        if len(watch.in_window) < FEWEST_TRIES:
            seen = len(watch.in_window)
            return f"void: {seen} requests fell into the start {watch.start}, {FEWEST_TRIES} are needed"
    return None


def _after_ready(watch: Watch, knock: Knock) -> bool:
    return 0 < watch.ready_ns < knock.asked_ns


class Doorman:
    """Knocks at every door of the first backend until it opens.

    Args:
        start: What kind of start it is.
        user: Whose token is shown.
    """

    def __init__(self, start: str, user: User) -> None:
        self.watch = Watch(start)
        self._user = user

    async def knock_until_open(self, at_ready: Callable[[], Awaitable[None]]) -> Watch:
        """Knock at all doors side by side, each until it opens, and look whether the platform reports ready.

        Args:
            at_ready: Done as soon as it does.

        Returns:
            What was seen.
        """
        doors: list[Callable[[], Awaitable[Knock]]] = [self._read, self._upgrade]
        if world().target.offers("ask_over_rest"):
            doors.append(self._ask)
        knocking = [asyncio.create_task(self._until_open(door)) for door in doors]
        try:
            await until(self._ready, within_s=START_WITHIN_S, every_s=_EVERY_S, what="ready", ignoring=(NoAnswer,))
            self.watch.ready_ns = time.monotonic_ns()
            await at_ready()
            await asyncio.gather(*knocking)
        finally:
            for task in knocking:
                task.cancel()
        return self.watch

    async def _ready(self) -> bool | None:
        reply = await world().backend.health()
        self.watch.not_ready += reply.status != _OK
        return True if reply.status == _OK else None

    async def _until_open(self, door: Callable[[], Awaitable[Knock]]) -> None:
        async def knock() -> bool | None:
            seen = await door()
            self.watch.knocks.append(seen)
            # a door that answers wrongly long after the start need not be knocked at for ever
            late_ns = 0 < self.watch.ready_ns < seen.asked_ns - _LATE_NS
            return True if seen.opened or late_ns else None

        await until(knock, within_s=START_WITHIN_S, every_s=_EVERY_S, what="an open door", ignoring=(NoAnswer,))

    async def _read(self) -> Knock:
        reply = await world().backend.threads(self._user.token())
        return _knock("GET /api/threads", reply.status, reply.headers, reply.body, reply.started_ns, _OK)

    async def _ask(self) -> Knock:
        """Ask in a thread that nobody has: an open door says so."""
        nowhere = str(uuid.uuid4())
        reply = await world().backend.ask(self._user.token(), nowhere, "Is anybody there?", f"gp-{nowhere}")
        return _knock("a question over REST", reply.status, reply.headers, reply.body, reply.started_ns, _NOT_FOUND)

    async def _upgrade(self) -> Knock:
        channel = world().recorder.channel(self._user.name, "knock")
        asked_ns = time.monotonic_ns()
        try:
            socket = await world().open_socket(self._user, channel, "header")
        except HandshakeRefused as refusal:
            knock = _knock("the upgrade", refusal.status, refusal.headers, refusal.body, asked_ns, _SWITCHED)
            # a refusal by frame has no headers
            return replace(knock, retry_after=knock.retry_after or world().target.dialect.upgrade.refused_by == "frame")
        finally:
            if not channel.frames and channel in world().recorder.channels:
                world().recorder.channels.remove(channel)
        try:
            await channel.wait_for(lambda _: True, limit("websocket_connect").max_s, "the greeting")
        finally:
            await socket.close()
        return Knock("the upgrade", _SWITCHED, retry_after=False, asked_ns=asked_ns, opened=True)


def _knock(door: str, status: int, headers: Mapping[str, str], body: Any, asked_ns: int, open_status: int) -> Knock:
    error = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code") or "") if isinstance(error, dict) else ""
    says_when = "retry-after" in {name.lower() for name in headers}
    return Knock(door, status, retry_after=says_when, asked_ns=asked_ns, opened=status == open_status, code=code)

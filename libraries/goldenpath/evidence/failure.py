"""A failure as the reader has to see it: when it happened, and which users, questions and traces it is about."""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from goldenpath.handles import Connecting, Prepared, Run, User
from goldenpath.history.frame import Frame
from goldenpath.world import World

MOST_RUNS = 3
MOST_TRACES = 5
# As findings of the judge name their traces.
_NAMED = re.compile(r"\[trace ([\w-]+)\]")


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known at the moment of a failure.

    Args:
        at: The moment in UTC.
        after: How long it was after the last thing that a user did: ``3.214 s after Ada's question '…' was sent``.
        runs: The questions it is about, at most a few.
        users: The users it is about.
        traces: Ids by which the platform's log tells of it, each with what it belongs to.
        lasted_s: Seconds since the failing step began, or the oldest of the questions was sent.
    """

    at: datetime
    after: str
    runs: Sequence[Run]
    users: Sequence[User]
    traces: dict[str, str]
    lasted_s: float


def failure_now(here: World, message: str, handed: Iterable[object], step_s: float) -> Failure:
    """Collect what a failure is about.

    Args:
        here: What the test made.
        message: Of the failure; a question that it names is concerned.
        handed: What the failing step was handed; a user or a question among it is concerned.
        step_s: Seconds that the failing step took.

    Returns:
        The failure. Without a better sign it is about the question that was sent last, and about all users.
    """
    now_ns = time.monotonic_ns()
    things = [part for thing in handed for part in (thing if isinstance(thing, list | tuple) else [thing])]
    sent = sorted((run for user in here.users for run in user.runs if run.sent_ns), key=lambda run: run.sent_ns)
    users = [thing for thing in things if isinstance(thing, User)]
    runs = _runs_among(things, message, [run for run in sent if not users or run.user in users])
    users = list(dict.fromkeys([*(run.user for run in runs), *users])) or list(here.users)
    step_ns = now_ns - round(step_s * 1e9)
    return Failure(
        at=datetime.now(UTC),
        after=_after(runs, users, now_ns),
        runs=runs,
        users=users[:MOST_RUNS],
        traces=_traces(here, message, runs, users, step_ns),
        lasted_s=(now_ns - min([step_ns, *(run.sent_ns for run in runs)])) / 1e9,
    )


def _runs_among(things: Sequence[object], message: str, sent: Sequence[Run]) -> list[Run]:
    named = [run for run in sent if str(run) in message or any(trace in message for trace in _traces_of(run))]
    handles = [thing.handle if isinstance(thing, Prepared) else thing for thing in things]
    handed = [thing for thing in handles if isinstance(thing, Run) and thing.sent_ns]
    about_connecting = any(isinstance(thing, Connecting) for thing in handles)
    # A question may be asked twice in the same words: then what was handed over says which one is meant.
    meant = [run for run in handed if run in named] or named or handed or ([] if about_connecting else sent[-1:])
    return list(dict.fromkeys(meant))[-MOST_RUNS:]


def _after(runs: Sequence[Run], users: Sequence[User], now_ns: int) -> str:
    if runs:
        last = max(runs, key=lambda run: run.sent_ns)
        return f"{(now_ns - last.sent_ns) / 1e9:.3f} s after {last} was sent"
    if channels := [channel for user in users for channel in user.channels]:
        newest = max(channels, key=lambda channel: channel.opened_ns)
        return f"{(now_ns - newest.opened_ns) / 1e9:.3f} s after {newest} was opened"
    return ""


def _traces(here: World, message: str, runs: Sequence[Run], users: Sequence[User], step_ns: int) -> dict[str, str]:
    """The traces of the questions and of errors since; without questions of what was answered in the failing step."""
    found: dict[str, str] = {}
    for run in runs:
        for trace in _traces_of(run):
            found.setdefault(trace, str(run))
    for named in _NAMED.findall(message):
        found.setdefault(named, "what was found")
    since_ns = min((run.sent_ns for run in runs), default=step_ns)
    for channel in (channel for user in users for channel in user.channels):
        errors = (frame for frame in channel.received() if frame.type == "error" and frame.at_ns >= since_ns)
        for frame in errors:
            if isinstance(told := frame.body.get("trace_id"), str):
                found.setdefault(told, f"error {_code_of(frame)} to {channel.owner}")
    if not runs:
        for exchange in here.recorder.exchanges:
            trace_id = exchange.headers.get("x-trace-id")
            if trace_id and exchange.ended_ns >= step_ns:
                found[trace_id] = f"{exchange}, answered {exchange.status}"
    return dict(list(found.items())[-MOST_TRACES:])


def _traces_of(run: Run) -> set[str]:
    traces = (frame.body.get("trace_id") for frame in run.frames().frames)
    return {trace for trace in traces if isinstance(trace, str) and trace}


def _code_of(frame: Frame) -> str:
    error = frame.data.get("error", frame.data)
    return str(error.get("code")) if isinstance(error, dict) else "without a code"

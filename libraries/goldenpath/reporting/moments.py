"""What a picture of a run is made of: moments, agents' turns and tool calls, read from recorded frames."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenpath.reporting.folding import short

ENDS = ("agent_completed", "agent_error", "agent_stopped")
"""The three frames of which exactly one ends a run."""

RUN_EVENTS = ("message_ack", "agent_started", "agent_thinking", "tool_executing", "tool_completed", *ENDS)
"""The frames of a run, in the order in which they first come."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a run.

    Args:
        at_s: Seconds since the user's question was sent.
        type: The frame's type.
        label: What to tell about it in a few words: a tool's name, a reason, a code.
        agent: The agent that it belongs to.
        tool_call_id: What ties the begin and the end of a tool call together.
        failure: What went wrong, in a word (``failed``, ``cancelled``, ``error``); empty if nothing did.
    """

    at_s: float
    type: str
    label: str = ""
    agent: str | None = None
    tool_call_id: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time in which one agent was at work.

    Args:
        agent: Its name.
        start_s: Its first event.
        end_s: The next agent's first event, or the end of the run.
    """

    agent: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call.

    Args:
        name: The tool.
        start_s: When it began; ``None`` if only its end was seen.
        end_s: When it ended; ``None`` if only its begin was seen.
        failure: How it ended if it did not end well, in a word; empty if it did.
    """

    name: str
    start_s: float | None
    end_s: float | None
    failure: str = ""


def moments_from_frames(frames: Sequence[tuple[int, Any]], start_ns: int) -> list[Moment]:
    """Read moments from recorded frames.

    Frames that belong to no run (greeting, heartbeat, pong) and things that are no frames are passed over.

    Args:
        frames: Pairs of the monotonic clock in ns and the frame's body (contract section 3).
        start_ns: The monotonic clock in ns when the question was sent.

    Returns:
        The moments, in the order of time.
    """
    moments = [
        _moment((stamp - start_ns) / 1e9, body)
        for stamp, body in frames
        if isinstance(body, Mapping) and body.get("type") in (*RUN_EVENTS, "error")
    ]
    return sorted(moments, key=lambda moment: moment.at_s)


def data_of(frame: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the ``data`` of a frame.

    Args:
        frame: A frame's body.

    Returns:
        Its ``data``, empty if there is none of the right shape.
    """
    data = frame.get("data")
    return data if isinstance(data, Mapping) else {}


def text_or_none(value: object) -> str | None:
    """Give a value as text, if there is one.

    Args:
        value: Anything.

    Returns:
        The text; ``None`` for ``None`` and the empty text.
    """
    return None if value is None or value == "" else str(value)


def turns(moments: Iterable[Moment]) -> list[Turn]:
    """Find out which agent was at work when.

    Args:
        moments: A run's moments in the order of time.

    Returns:
        The turns in the order of time; an agent that comes back has several.
    """
    found: list[Turn] = []
    for moment in moments:
        if found:
            last = found[-1]
            found[-1] = Turn(last.agent, last.start_s, moment.at_s)
        if moment.type in ENDS:
            break
        if moment.agent and (not found or found[-1].agent != moment.agent):
            found.append(Turn(moment.agent, moment.at_s, moment.at_s))
    return found


def tool_calls(moments: Iterable[Moment]) -> list[ToolCall]:
    """Pair the begins and ends of tool calls.

    Args:
        moments: A run's moments in the order of time.

    Returns:
        The calls in the order of their begins; one without a partner has ``None`` on the other side.
    """
    begun: dict[str | None, list[int]] = {}
    calls: list[ToolCall] = []
    for moment in moments:
        if moment.type == "tool_executing":
            begun.setdefault(moment.tool_call_id, []).append(len(calls))
            calls.append(ToolCall(moment.label, moment.at_s, None))
        elif moment.type == "tool_completed":
            waiting = begun.get(moment.tool_call_id)
            if waiting:
                index = waiting.pop(0)
                calls[index] = ToolCall(calls[index].name, calls[index].start_s, moment.at_s, moment.failure)
            else:
                calls.append(ToolCall(moment.label, None, moment.at_s, moment.failure))
    return calls


def _moment(at_s: float, frame: Mapping[str, Any]) -> Moment:
    kind = str(frame["type"])
    data = data_of(frame)
    error = data.get("error")
    return Moment(
        at_s=at_s,
        type=kind,
        label=short(_label(kind, data, error), 120),
        agent=text_or_none(data.get("agent")),
        tool_call_id=text_or_none(data.get("tool_call_id")),
        failure=_failure(kind, data),
    )


def _failure(kind: str, data: Mapping[str, Any]) -> str:
    if kind in ("error", "agent_error", "agent_stopped"):
        return kind.removeprefix("agent_")
    status = data.get("status")
    return short(status, 20) if kind == "tool_completed" and status not in (None, "ok") else ""


def _label(kind: str, data: Mapping[str, Any], error: object) -> str:
    if isinstance(error, Mapping):
        return str(error.get("code") or error.get("message") or "")
    named = {"agent_thinking": "reasoning", "tool_executing": "tool_name", "tool_completed": "tool_name"}
    found = data.get(named.get(kind, "status"))
    return "" if found is None else str(found)

"""A conversation as lines that a person reads, put together from recorded frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from goldenpath.reporting.moments import data_of, text_or_none

LineKind = Literal["question", "note", "thinking", "tool", "answer", "failure", "technical"]

_QUESTIONS = ("user_message", "chat_message")
_FAILURES = {"agent_error": "Error", "agent_stopped": "Stopped", "error": "Refused"}


@dataclass(slots=True)
class ToolUse:
    """A tool call as the transcript shows it.

    Args:
        name: The tool.
        parameters: What it was called with.
        status: ``ok``, ``failed``, ``cancelled``; ``None`` while no end was seen.
        duration_ms: How long it took by the platform's own account.
        result: What it gave back.
    """

    name: str
    parameters: Any = None
    status: str | None = None
    duration_ms: float | None = None
    result: Any = None


@dataclass(slots=True)
class Line:
    """One line of a conversation.

    Args:
        at_s: Seconds since the question was sent.
        kind: What it is; ``technical`` is not shown but among the raw frames.
        who: Who speaks.
        text: What is said.
        tool: The tool call of a line of kind ``tool``.
        result: The result of a line of kind ``answer``, or the partial result of a ``failure`` (contract section 5).
        missing: What a degraded answer lacks.
        frames: The frames that the line was made of, as they came.
    """

    at_s: float
    kind: LineKind
    who: str
    text: str = ""
    tool: ToolUse | None = None
    result: Mapping[str, Any] | None = None
    missing: tuple[str, ...] = ()
    frames: list[Any] = field(default_factory=list)


def lines_from_frames(
    frames: Sequence[tuple[int, Any]], start_ns: int | None = None, *, question: str | None = None, user: str = "User"
) -> list[Line]:
    """Turn recorded frames into lines; both ends of a tool call become one line.

    Args:
        frames: Pairs of the monotonic clock in ns and the frame's body (contract section 3), in the order in which
            they passed. Questions that were sent as frames may be among them: the time of what follows counts from the
            question that it belongs to.
        start_ns: The monotonic clock in ns from which time counts before any question; ``None``: the first frame.
        question: The question asked at that time, if its frame is not among ``frames``.
        user: What to call the person who asks.

    Returns:
        The lines; what cannot be understood becomes a line of kind ``technical``, so that nothing is lost.
    """
    lines = [] if question is None else [Line(0.0, "question", user, question)]
    clock = _Clock(start_ns if start_ns is not None else min((stamp for stamp, _ in frames), default=0))
    open_calls: dict[str, Line] = {}
    for stamp, frame in frames:
        if not isinstance(frame, Mapping):
            lines.append(Line(clock.since_question(stamp, {}), "technical", "platform", frames=[frame]))
            continue
        line = _line(clock.since_question(stamp, frame), frame, user)
        call_id = text_or_none(data_of(frame).get("tool_call_id"))
        if line.tool and call_id and line.tool.status is not None and call_id in open_calls:
            line = _close(open_calls.pop(call_id), line)
        else:
            lines.append(line)
            if line.tool and call_id and line.tool.status is None:
                open_calls[call_id] = line
        line.frames.append(frame)
    return lines


class _Clock:
    """Knows for each run when its question was sent; the acknowledgement ties the two together."""

    def __init__(self, start_ns: int) -> None:
        self._latest_ns = start_ns
        self._asked_ns: dict[str | None, int] = {}
        self._run_ns: dict[str | None, int] = {}

    def since_question(self, stamp: int, frame: Mapping[str, Any]) -> float:
        """Give the seconds between a frame and the question that it belongs to."""
        if frame.get("type") in _QUESTIONS:
            self._latest_ns = stamp
            self._asked_ns[text_or_none(_asked(frame).get("client_message_id"))] = stamp
        run_id = text_or_none(frame.get("run_id"))
        if frame.get("type") == "message_ack":
            message_id = text_or_none(data_of(frame).get("client_message_id"))
            self._run_ns[run_id] = self._asked_ns.get(message_id, self._latest_ns)
        return (stamp - self._run_ns.get(run_id, self._latest_ns)) / 1e9


def _asked(frame: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a question's frame carries, in either of its forms."""
    payload = frame.get("payload")
    return payload if isinstance(payload, Mapping) else data_of(frame)


def _close(begun: Line, ended: Line) -> Line:
    """Put what a call's end tells into the line of its begin."""
    if begun.tool and ended.tool:
        begun.tool.status, begun.tool.result = ended.tool.status, ended.tool.result
        begun.tool.duration_ms = ended.tool.duration_ms
        if begun.tool.duration_ms is None:
            begun.tool.duration_ms = (ended.at_s - begun.at_s) * 1000
    return begun


def _line(at_s: float, frame: Mapping[str, Any], user: str) -> Line:
    kind, data = str(frame.get("type")), data_of(frame)
    agent = text_or_none(data.get("agent")) or "agent"
    if kind in _QUESTIONS:
        return Line(at_s, "question", user, str(_asked(frame).get("content", "")))
    if kind == "agent_thinking":
        return Line(at_s, "thinking", agent, _thought(data))
    if kind in ("tool_executing", "tool_completed"):
        return Line(at_s, "tool", agent, tool=_tool(data, ended=kind == "tool_completed"))
    if kind == "agent_completed":
        return Line(at_s, "answer", "Answer", result=_mapping(data.get("result")), missing=_missing(data))
    if kind in _FAILURES:
        return Line(at_s, "failure", _FAILURES[kind], _reason(data), result=_mapping(data.get("partial_result")))
    return _note(at_s, kind, data)


def _tool(data: Mapping[str, Any], *, ended: bool) -> ToolUse:
    name = text_or_none(data.get("tool_name")) or "tool without a name"
    if not ended:
        return ToolUse(name, data.get("parameters"))
    status = text_or_none(data.get("status")) or "no status"
    return ToolUse(name, None, status, _number(data.get("duration_ms")), data.get("result"))


def _note(at_s: float, kind: str, data: Mapping[str, Any]) -> Line:
    if kind == "message_ack":
        position = data.get("queued_position")
        waits = f", {position} before it" if position else ""
        return Line(at_s, "note", "platform", f"question received and stored{waits}")
    if kind == "agent_started":
        plan = data.get("plan")
        steps = " → ".join(str(agent) for agent in plan) if isinstance(plan, list) else ""
        attempt = data.get("attempt")
        again = f" (attempt {attempt})" if attempt not in (None, 1) else ""
        return Line(at_s, "note", "platform", f"work begins{': ' if steps else ''}{steps}{again}")
    return Line(at_s, "technical", "platform", kind)


def _thought(data: Mapping[str, Any]) -> str:
    retry = _mapping(data.get("retry"))
    text = text_or_none(data.get("reasoning")) or "(no reasoning was told)"
    if retry is None:
        return text
    return f"{text} [tries again, {retry.get('attempt')}, after {retry.get('wait_s')} s: {retry.get('reason')}]"


def _reason(data: Mapping[str, Any]) -> str:
    error = data.get("error")
    if isinstance(error, Mapping):
        return ": ".join(str(error[name]) for name in ("code", "message") if error.get(name))
    return text_or_none(error) or "no reason was given"


def _missing(data: Mapping[str, Any]) -> tuple[str, ...]:
    missing = data.get("missing")
    return tuple(str(name) for name in missing) if isinstance(missing, list) else ()


def _mapping(value: object) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

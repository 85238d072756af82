"""Rules about tool calls: begun and ended under one id, by the same agent, in a plausible time."""

from datetime import datetime

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import ChannelView, RunView, Seen, text_of

# Stamps are taken when a frame is stored, durations around the work itself.
_TOLERANCE_S = 1.0
_SAME_AT_BOTH_ENDS = ("tool_name", "agent", "step")


@rule("tools-begin-before-they-end", "contract 3", "run", needs="tool_call_id")
def tools_begin_before_they_end(run: RunView) -> Notes:
    """Every tool_completed ends a call that began with tool_executing, under the same tool_call_id."""
    begun: set[str | None] = set()
    for seen in run.of_kind("tool_executing", "tool_completed"):
        call = text_of(seen.data, "tool_call_id")
        if seen.kind == "tool_executing":
            begun.add(call)
        elif run.whole and call not in begun:
            yield Broken(f"{seen.data.get('tool_name')} ended as {call}, which never began", seen.at_ns, seen.trace_id)


@rule("tools-end-once", "contract 3", "run", needs="tool_call_id")
def tools_end_once(run: RunView) -> Notes:
    """A tool call ends once."""
    ended: set[str | None] = set()
    for seen in run.of_kind("tool_completed"):
        call = text_of(seen.data, "tool_call_id")
        if call in ended:
            yield Broken(f"{seen.data.get('tool_name')} ({call}) ended again", seen.at_ns, seen.trace_id)
        ended.add(call)


@rule("tools-all-end", "contract 3", "run", needs="tool_call_id")
def tools_all_end(run: RunView) -> Notes:
    """No tool call is open at the end of its run; those of an attempt that was lost are void."""
    if run.end_ns is None or run.gap:
        return
    open_calls: dict[str | None, Seen] = {}
    for seen in run.frames:
        if seen.kind == "agent_started":
            open_calls = {}
        elif seen.kind == "tool_executing":
            open_calls[text_of(seen.data, "tool_call_id")] = seen
        elif seen.kind == "tool_completed":
            open_calls.pop(text_of(seen.data, "tool_call_id"), None)
    # A run that is lost has nobody left who could tell how its last attempt's calls ended.
    error = run.frames[-1].data.get("error")
    if isinstance(error, dict) and error.get("code") == "RUN_LOST":
        return
    for call, seen in open_calls.items():
        yield Broken(f"{seen.data.get('tool_name')} ({call}) of {run} never ended", seen.at_ns, seen.trace_id)


@rule("tool-calls-have-own-ids", "contract 3", "frame", needs="tool_call_id", types=("tool_executing",))
def tool_calls_have_own_ids(seen: Seen, channel: ChannelView) -> str | None:
    """Every tool call has an id that no other call has, in this run or another."""
    call, event = text_of(seen.data, "tool_call_id"), text_of(seen.body, "event_id")
    if call is None:
        return None
    # The same frame on another connection, or replayed, has the same event_id.
    first = channel.history.calls.setdefault(hash(call), hash(event))
    return None if first == hash(event) else f"tool_call_id {call} was used before"


@rule("tool-same-at-both-ends", "contract 3", "run", needs="tool_call_id")
def tool_same_at_both_ends(run: RunView) -> Notes:
    """A tool call ends under the tool, agent and step under which it began."""
    begun: dict[str | None, Seen] = {}
    for seen in run.of_kind("tool_executing", "tool_completed"):
        call = text_of(seen.data, "tool_call_id")
        if seen.kind == "tool_executing":
            begun[call] = seen
        elif call in begun:
            then, now = ([end.data.get(name) for name in _SAME_AT_BOTH_ENDS] for end in (begun[call], seen))
            if then != now:
                yield Broken(f"call {call} began as {then} and ended as {now}", seen.at_ns, seen.trace_id)


@rule("tool-result-told", "contract 3", "frame", needs="tool_status", types=("tool_completed",))
def tool_result_told(seen: Seen, channel: ChannelView) -> str | None:
    """A tool call that succeeded shows its result, one that was cancelled has none."""
    status, result = seen.data.get("status"), seen.data.get("result")
    left_out = seen.data.get("left_out") or ()
    if status == "ok" and result is None and "result" not in left_out:
        return f"{seen.data.get('tool_name')} succeeded without a result"
    return f"{seen.data.get('tool_name')} was cancelled and has a result" if status == "cancelled" and result else None


@rule("tool-duration-plausible", "contract 3", "run", needs="tool_call_id tool_status timestamp")
def tool_duration_plausible(run: RunView) -> Notes:
    """A tool call did not take longer than from its first frame to its last, by the platform's own stamps."""
    begun: dict[str | None, Seen] = {}
    for seen in run.of_kind("tool_executing", "tool_completed"):
        call, duration = text_of(seen.data, "tool_call_id"), seen.data.get("duration_ms")
        if seen.kind == "tool_executing":
            begun[call] = seen
        elif call in begun and isinstance(duration, int | float):
            between = seconds_between(begun[call].timestamp, seen.timestamp)
            disturbed = run.channel.history.fault_between(begun[call].at_ns, seen.at_ns)
            if between is not None and duration / 1000 > between + _TOLERANCE_S and not disturbed:
                text = f"{seen.data.get('tool_name')} says it took {duration} ms, its frames lie {between:.3f} s apart"
                yield Broken(text, seen.at_ns, seen.trace_id)


def seconds_between(first: str, second: str) -> float | None:
    """Give the time between two stamps of the platform.

    Args:
        first: RFC 3339.
        second: RFC 3339.

    Returns:
        Seconds; ``None`` when one of them is no stamp.
    """
    try:
        return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()
    except (ValueError, TypeError):
        return None

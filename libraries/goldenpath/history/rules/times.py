"""Rules about moments: written as promised, rising, and not all at once."""

import re

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.tools import seconds_between
from goldenpath.history.rules.views import ChannelView, RunView, Seen

_PROMISED = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z")
# Below this nobody can tell work from one burst.
_LONG_S = 1.0
# Frames that were held back come within this share of the time that the work took.
_FLUSHED_SHARE = 0.2
_TOLERANCE_S = 1.0


@rule("timestamps-utc", "contract 3", "frame", needs="timestamp")
def timestamps_utc(seen: Seen, channel: ChannelView) -> str | None:
    """Every frame tells when it was made, in RFC 3339, in UTC, to the millisecond."""
    stamp = seen.timestamp
    return None if _PROMISED.fullmatch(stamp) else f"{seen.kind} has the timestamp {seen.body.get('timestamp')!r}"


@rule("timestamps-rise", "contract 3", "run", needs="timestamp")
def timestamps_rise(run: RunView) -> Notes:
    """The timestamps of a run's frames never fall."""
    before = ""
    for seen in run.frames:
        # Stamps in the promised form compare like the moments they tell.
        if seen.timestamp < before and _PROMISED.fullmatch(seen.timestamp) and _PROMISED.fullmatch(before):
            text = f"{seen.kind} of {run} was made at {seen.timestamp}, the frame before it at {before}"
            yield Broken(text, seen.at_ns, seen.trace_id)
        before = seen.timestamp


@rule("events-are-not-held-back", "contract 3", "run", needs="timestamp")
def events_are_not_held_back(run: RunView) -> Notes:
    """Events are sent when they happen: they arrive over the time that the work took, not together at its end."""
    if not run.whole or run.end_ns is None or run.start_ns is None or len(run.frames) < 3:
        return
    if run.channel.history.fault_between(run.start_ns, run.end_ns):
        return
    end = run.frames[-1]
    first = run.of_kind("agent_started")[0]
    made_s = seconds_between(first.timestamp, end.timestamp) or 0.0
    told_ms = end.data.get("duration_ms")
    worked_s = max(made_s, told_ms / 1000 if isinstance(told_ms, int | float) and run.ack_ns is not None else 0.0)
    received_s = (run.end_ns - run.start_ns) / 1e9
    if worked_s >= _LONG_S and received_s < worked_s * _FLUSHED_SHARE:
        text = f"the work on {run} took {worked_s:.3f} s, and all of its events came within {received_s:.3f} s"
        yield Broken(text, run.end_ns, run.trace_id)


@rule("run-duration-plausible", "contract 3", "run", needs="timestamp")
def run_duration_plausible(run: RunView) -> Notes:
    """A run did not take longer than from its acknowledgement to its end, by the platform's own stamps."""
    if run.ack_ns is None or run.end_ns is None or run.gap:
        return
    end = run.frames[-1]
    duration, between = end.data.get("duration_ms"), seconds_between(run.first_stamp, end.timestamp)
    disturbed = run.channel.history.fault_between(run.ack_ns, run.end_ns)
    if not isinstance(duration, int | float) or between is None or disturbed:
        return
    if duration < 0 or duration / 1000 > between + _TOLERANCE_S:
        text = f"{run} says it took {duration} ms, its frames lie {between:.3f} s apart"
        yield Broken(text, end.at_ns, end.trace_id)


@rule("progress-is-a-share", "contract 3", "frame", needs="thinking step", types=("agent_thinking",))
def progress_is_a_share(seen: Seen, channel: ChannelView) -> str | None:
    """Progress is a share of the work, from 0 to 1."""
    progress = seen.data.get("progress")
    good = isinstance(progress, int | float) and not isinstance(progress, bool) and 0 <= progress <= 1
    return None if good else f"agent_thinking tells the progress {progress!r}"

"""Rules about resume: exact, complete, apart from what is live, and only when asked for."""

from typing import Any

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.kinds import STORED
from goldenpath.history.rules.views import ChannelView, Seen

# What a copy of a stored frame may say besides.
_ADDED = ("replayed", "ref")


@rule("replay-exact", "contract 3", "frame", needs="event_id seq", types=tuple(sorted(STORED)))
def replay_exact(seen: Seen, channel: ChannelView) -> str | None:
    """A stored frame that is told again, replayed or on another connection, is the same to the last character."""
    if seen.twin is None:
        return None
    first = seen.twin.read() or {}
    then, now = _bare(first), _bare(seen.body)
    if then == now or first.get("type") not in STORED:
        return None
    differing = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return f"{seen.kind} (seq {seen.seq}) differs from its first telling in {', '.join(differing)}"


@rule("replay-complete", "contract 3", "channel", needs="resume seq")
def replay_complete(channel: ChannelView) -> Notes:
    """A replay brings every seq after the asked one up to the last, each once and in order, and then says so."""
    for replay in channel.replays:
        for seq, due, at_ns in replay.jumps:
            yield Broken(f"seq {seq} was replayed where {due} was due", at_ns)
        if replay.last_seq is not None and replay.next_seq != replay.last_seq + 1 and not replay.jumps:
            text = f"the replay ended with last_seq {replay.last_seq} after seq {replay.next_seq - 1}"
            yield Broken(text, replay.ended_ns)


@rule("replay-holds-live-back", "contract 3", "channel", needs="resume seq")
def replay_holds_live_back(channel: ChannelView) -> Notes:
    """While a thread is replayed, its live frames are held back."""
    for replay in channel.replays:
        for seq, at_ns in replay.live_between:
            yield Broken(f"live frame seq {seq} came in the middle of the replay of its thread", at_ns)


@rule("live-goes-on-after-replay", "contract 3", "channel", needs="resume seq")
def live_goes_on_after_replay(channel: ChannelView) -> Notes:
    """After a replay up to H the thread goes on live with H+1."""
    for jump in channel.jumps:
        if jump.after_replay:
            text = f"the replay ended with seq {jump.due - 1}, the next live frame has seq {jump.seq}"
            yield Broken(text, jump.at_ns, jump.trace_id)


@rule("replay-only-when-asked", "contract 3", "channel", needs="resume seq")
def replay_only_when_asked(channel: ChannelView) -> Notes:
    """Frames are replayed only to a connection that asked for it."""
    for answer in channel.unasked_replays:
        text = f"{answer.kind} (seq {answer.seq}) was replayed, and no resume was open"
        yield Broken(text, answer.at_ns, answer.trace_id)


@rule("replayed-frames-say-so", "contract 3", "frame", needs="resume seq", types=tuple(sorted(STORED)))
def replayed_frames_say_so(seen: Seen, channel: ChannelView) -> str | None:
    """A frame that comes again on the same connection says that it is replayed."""
    if seen.replayed or seen.twin is None or seen.thread_id is None:
        return None
    run = channel.runs.get(seen.run_id or "")
    if run is not None and any(other.body.get("event_id") == seen.body.get("event_id") for other in run.frames):
        return f"{seen.kind} (seq {seen.seq}) came twice on this connection"
    return None


def _bare(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    if not isinstance(data, dict):
        return body
    return {**body, "data": {name: value for name, value in data.items() if name not in _ADDED}}

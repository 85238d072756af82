"""Rules about seq: live frames of a thread, as one connection receives them, and the same on every connection."""

from goldenpath.history.rules.book import Broken, Notes, Unproven, rule
from goldenpath.history.rules.views import ChannelView, UserView

# So long another instance may need to tell a frame while Redis is away (contract 6).
_ELSEWHERE_WITHIN_NS = 5_000_000_000


@rule("seq-without-gap", "contract 3", "channel", needs="seq thread_id")
def seq_without_gap(channel: ChannelView) -> Notes:
    """Live frames of a thread come with seq n, n+1, n+2 …, without gap or repeat."""
    for jump in channel.jumps:
        if not jump.after_replay:
            text = f"seq {jump.seq} of thread {jump.thread_id} came, due was {jump.due}"
            yield Broken(text, jump.at_ns, jump.trace_id)


@rule("seq-starts-at-one", "contract 3", "user", needs="seq ack thread_id")
def seq_starts_at_one(user: UserView) -> Notes:
    """The first frame of a new thread has seq 1."""
    first: dict[str, tuple[int, int]] = {}
    for _, ack in user.acks():
        if ack.thread_id is not None and ack.seq is not None:
            first[ack.thread_id] = min(first.get(ack.thread_id, (ack.seq, ack.at_ns)), (ack.seq, ack.at_ns))
    named = {sent.thread_id for channel in user.channels for sent in channel.sent}
    told = " ".join([*(exchange.path for exchange in user.exchanges), *(e.answer for e in user.exchanges)])
    for thread, (seq, at_ns) in first.items():
        if seq != 1 and thread not in named and thread not in told and _first_thread(user, thread, at_ns):
            yield Broken(f"the first frame of thread {thread} has seq {seq}", at_ns)


@rule("seq-is-positive", "contract 3", "channel", needs="seq thread_id")
def seq_is_positive(channel: ChannelView) -> Notes:
    """Every stored frame has a seq, a whole number from 1."""
    for thread, seq in channel.first_seqs.items():
        if seq is None or seq < 1:
            yield Broken(f"the first frame of thread {thread} has the seq {seq}", channel.first_ns)


@rule("all-sockets-get-all", "contract 3", "user", needs="run_id ack seq timestamp")
def all_sockets_get_all(user: UserView) -> Notes:
    """Every open connection of a user gets all of the user's runs, from the acknowledgement to the end."""
    if len(user.channels) < 2:
        return
    for run in user.runs():
        for moment, kind in ((run.ack_ns, "message_ack"), (run.end_ns, run.end_kind)):
            if moment is None:
                continue
            for channel in user.channels:
                if channel is run.channel or not channel.greeted_stamp or channel.greeted_stamp >= run.first_stamp:
                    continue
                other = channel.runs.get(run.run_id)
                got = other is not None and (other.ack_ns if kind == "message_ack" else other.end_ns) is not None
                ended_ns = channel.closed.at_ns if channel.closed else channel.history.end_ns
                if got or ended_ns < moment or _replayed_in(channel, run.thread_id):
                    continue
                if ended_ns > moment + _ELSEWHERE_WITHIN_NS:
                    text = f"{kind} of {run} came on {run.channel} and not on {channel}"
                    yield Broken(text, moment, run.trace_id, str(channel))
                else:
                    yield Unproven(f"{channel} was not watched for 5 s after {kind} of {run} came on {run.channel}")


def _replayed_in(channel: ChannelView, thread: str | None) -> bool:
    return any(replay.sent.thread_id == thread for replay in channel.replays)


def _first_thread(user: UserView, thread: str, at_ns: int) -> bool:
    """Whether the thread was made by a question of this history: one that named no thread, on a fresh connection."""
    for channel in user.channels:
        asked = [sent for sent in channel.sent if sent.client_message_id is not None]
        acks = [ack for ack in channel.answers_of("message_ack") if ack.thread_id == thread]
        if asked and acks and asked[0].thread_id is None and acks[0].client_message_id == asked[0].client_message_id:
            return acks[0].at_ns == at_ns
    return False

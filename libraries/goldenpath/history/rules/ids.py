"""Rules about ids: there, consistent within a run, never used again, all different from each other."""

from collections.abc import Iterator

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.kinds import STORED
from goldenpath.history.rules.views import ChannelView, HistoryView, RunView, Seen, text_of

_IDS = ("event_id", "user_id", "thread_id", "run_id", "request_id")
_STORED = tuple(sorted(STORED))


@rule("user-is-the-receiver", "contract 3", "frame", needs="user_id")
def user_is_the_receiver(seen: Seen, channel: ChannelView) -> str | None:
    """Every frame names the user who receives it."""
    named = seen.body.get("user_id")
    return f"{seen.kind} names user {named}" if named != channel.user_id and channel.user_id else None


@rule("frames-have-ids", "contract 3", "frame", needs="event_id trace_id")
def frames_have_ids(seen: Seen, channel: ChannelView) -> str | None:
    """Every frame has an event_id and a trace_id."""
    missing = [name for name in ("event_id", "trace_id") if not text_of(seen.body, name)]
    return f"{seen.kind} has no {' and no '.join(missing)}" if missing else None


@rule("stored-frames-have-ids", "contract 3", "frame", needs="thread_id run_id request_id", types=_STORED)
def stored_frames_have_ids(seen: Seen, channel: ChannelView) -> str | None:
    """Every stored frame has the ids of its thread, run and request."""
    missing = [name for name in ("thread_id", "run_id", "request_id") if not text_of(seen.body, name)]
    return f"{seen.kind} has no {' and no '.join(missing)}" if missing else None


@rule("ids-differ", "contract 3", "frame", types=_STORED, needs="event_id")
def ids_differ(seen: Seen, channel: ChannelView) -> str | None:
    """The ids of a frame are all different from each other."""
    ids = [value for name in _IDS if (value := seen.body.get(name))]
    if len(set(ids)) == len(ids):
        return None
    return f"{seen.kind} has one id twice: {', '.join(f'{name} {seen.body.get(name)}' for name in _IDS)}"


@rule("run-keeps-its-ids", "contract 3", "run", needs="run_id thread_id request_id trace_id")
def run_keeps_its_ids(run: RunView) -> Notes:
    """All frames of a run have the same thread_id, request_id and trace_id."""
    for name in ("thread_id", "request_id", "trace_id"):
        first = run.frames[0].body.get(name) if run.frames else None
        for seen in run.frames:
            if seen.body.get(name) != first:
                text = f"{name} of {run} was {first} and is {seen.body.get(name)} in {seen.kind}"
                yield Broken(text, seen.at_ns, seen.trace_id)
                break


@rule("event-ids-unique", "contract 3", "frame", needs="event_id")
def event_ids_unique(seen: Seen, channel: ChannelView) -> str | None:
    """No two frames have the same event_id, unless they are the same frame told again."""
    if seen.twin is None:
        return None
    other = seen.twin.read() or {}
    same = all(other.get(name) == seen.body.get(name) for name in ("type", "seq", "thread_id"))
    if same and seen.kind in STORED:
        return None
    return f"{seen.kind} (seq {seen.seq}) has the event_id of {other.get('type')} (seq {other.get('seq')})"


@rule("request-ids-unique", "contract 3", "history", needs="run_id request_id")
def request_ids_unique(history: HistoryView) -> Notes:
    """No two runs have a request_id in common."""
    yield from _shared(history, "request_id")


@rule("trace-ids-unique", "contract 1", "history", needs="run_id trace_id")
def trace_ids_unique(history: HistoryView) -> Notes:
    """No two runs have a trace_id in common, unless their users asked for it by traceparent."""
    if not any(sent.traced for channel in history.channels for sent in channel.sent):
        yield from _shared(history, "trace_id")


@rule("run-has-one-thread", "contract 3", "history", needs="run_id thread_id")
def run_has_one_thread(history: HistoryView) -> Notes:
    """A run belongs to one thread and one user, on whatever connection it is shown."""
    known: dict[str, RunView] = {}
    for run in (run for channel in history.channels for run in channel.runs.values()):
        other = known.setdefault(run.run_id, run)
        then, now = ((r.thread_id, r.channel.user) for r in (other, run))
        if then != now:
            yield Broken(f"{run} is shown in {then[0]} to {then[1]}, and in {now[0]} to {now[1]}", run.first_ns)


@rule("thread-has-one-user", "contract 3", "history", needs="thread_id")
def thread_has_one_user(history: HistoryView) -> Notes:
    """A thread is shown to one user only."""
    owners: dict[str, str] = {}
    for channel in history.channels:
        for thread in channel.first_seqs:
            owner = owners.setdefault(thread, channel.user)
            if owner != channel.user:
                yield Broken(f"thread {thread} of {owner} is shown to {channel.user}", channel.last_ns)


@rule("message-ids-unique", "contract 3", "history", needs="ack client_message_id")
def message_ids_unique(history: HistoryView) -> Notes:
    """Two questions never share a message_id or a run_id."""
    for name in ("message_id", "run_id"):
        asked: dict[str, str | None] = {}
        for user in history.users.values():
            for channel, ack in user.acks():
                value = getattr(ack, name)
                if value is None:
                    continue
                first = asked.setdefault(value, ack.client_message_id)
                if first != ack.client_message_id:
                    text = f"{name} {value} belongs to the questions {first} and {ack.client_message_id}"
                    yield Broken(text, ack.at_ns, ack.trace_id, f"{user.name}'s {channel}")


def _shared(history: HistoryView, name: str) -> Iterator[Broken]:
    known: dict[int, str] = {}
    for run in (run for channel in history.channels for run in channel.runs.values()):
        value = run.request_id if name == "request_id" else run.trace_id
        if value is None:
            continue
        other = known.setdefault(hash(value), run.run_id)
        if other != run.run_id:
            yield Broken(f"{run} and run {other} have the {name} {value}", run.first_ns, run.trace_id)

"""Rules about questions and their acknowledgements, and about the order in which runs begin."""

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.kinds import ASKING
from goldenpath.history.rules.views import Answer, ChannelView, Seen, Sent, UserView


@rule("acknowledged-before-start", "contract 3", "user", needs="ack run_id")
def acknowledged_before_start(user: UserView) -> Notes:
    """A question is acknowledged before anything of its run is shown."""
    known = known_runs(user)
    for run in user.runs():
        if run.ack_ns is not None and run.first_kind != "message_ack":
            yield Broken(f"{run.first_kind} of {run} came before its message_ack", run.first_ns, run.trace_id)
        elif run.ack_ns is None and run.run_id not in known and _was_asked_on(run.channel):
            yield Broken(f"{run.first_kind} of {run} came without a message_ack", run.first_ns, run.trace_id)


@rule("acknowledged-once", "contract 3", "channel", needs="ack run_id")
def acknowledged_once(channel: ChannelView) -> Notes:
    """A connection is told of a stored question once."""
    told: dict[str, int] = {}
    for ack in channel.answers_of("message_ack"):
        if not ack.replayed and ack.run_id is not None:
            told[ack.run_id] = told.get(ack.run_id, 0) + 1
            if told[ack.run_id] == 2:
                yield Broken(f"run {ack.run_id} was acknowledged again", ack.at_ns, ack.trace_id)


@rule("ack-names-its-run", "contract 3", "frame", needs="ack run_id", types=("message_ack",))
def ack_names_its_run(seen: Seen, channel: ChannelView) -> str | None:
    """An acknowledgement names the same run in its data as in its envelope."""
    inner = seen.data.get("run_id")
    return None if inner == seen.run_id else f"data.run_id is {inner}, run_id is {seen.run_id}"


@rule("ack-answers-a-question", "contract 3", "user", needs="ack client_message_id")
def ack_answers_a_question(user: UserView) -> Notes:
    """Only a question that its user sent is acknowledged."""
    asked = {sent.client_message_id for channel in user.channels for sent in channel.sent}
    over_rest = " ".join(exchange.request for exchange in user.exchanges if exchange.path.endswith("/messages"))
    for channel, ack in user.acks():
        client_id = ack.client_message_id
        if client_id is not None and client_id not in asked and client_id not in over_rest and not ack.replayed:
            text = f"message_ack of {client_id}, which {user.name} never sent"
            yield Broken(text, ack.at_ns, ack.trace_id, str(channel))


@rule("ack-stays-in-its-thread", "contract 3", "channel", needs="ack client_message_id thread_id")
def ack_stays_in_its_thread(channel: ChannelView) -> Notes:
    """A question that names a thread is stored in that thread."""
    for sent, ack in pairs(channel):
        if sent.thread_id is not None and ack.thread_id is not None and sent.thread_id.lower() != ack.thread_id:
            yield Broken(f"asked in thread {sent.thread_id}, stored in {ack.thread_id}", ack.at_ns, ack.trace_id)


@rule("same-thread-as-before", "contract 3", "channel", needs="ack client_message_id thread_id")
def same_thread_as_before(channel: ChannelView) -> Notes:
    """A question without a thread goes to the one that this connection used last."""
    last: Answer | None = None
    deleted = {
        exchange.path.rpartition("/")[2]
        for exchange in channel.history.user(channel.user).exchanges
        if exchange.method == "DELETE"
    }
    for sent, ack in pairs(channel):
        here = last.thread_id if last is not None and last.at_ns < sent.at_ns else None
        if sent.thread_id is None and here is not None and here not in deleted and ack.thread_id != here:
            yield Broken(f"the thread used last is {here}, the question went to {ack.thread_id}", ack.at_ns)
        last = ack


@rule("known-question-same-ack", "contract 3", "channel", needs="ack client_message_id")
def known_question_same_ack(channel: ChannelView) -> Notes:
    """A question that is sent again gets the acknowledgement of the first time: same message, run and seq."""
    first: dict[str, Answer] = {}
    for ack in channel.answers_of("message_ack"):
        if ack.client_message_id is None:
            continue
        before = first.setdefault(ack.client_message_id, ack)
        then, now = ((a.message_id, a.run_id, a.seq) for a in (before, ack))
        if then != now:
            text = f"{ack.client_message_id} was message, run and seq {then}, and is {now} when asked again"
            yield Broken(text, ack.at_ns, ack.trace_id)


@rule("repeated-ack-to-asker-only", "contract 3", "channel", needs="ack client_message_id")
def repeated_ack_to_asker_only(channel: ChannelView) -> Notes:
    """A stored acknowledgement comes again only to the connection that asked again, or that asked for a replay."""
    sent = {sent.client_message_id for sent in channel.sent}
    resumed = {replay.sent.thread_id for replay in channel.replays}
    for ack in channel.answers_of("message_ack"):
        if ack.replayed and ack.client_message_id not in sent and ack.thread_id not in resumed:
            yield Broken("an acknowledgement came again though nobody asked here", ack.at_ns, ack.trace_id)


@rule("one-run-at-a-time", "contract 3", "channel", needs="thread_id run_id")
def one_run_at_a_time(channel: ChannelView) -> Notes:
    """A thread works on one run at a time: the next one starts after the end of the one before."""
    for run, other, at_ns in channel.overlaps:
        yield Broken(f"run {run} started while run {other} of the same thread was at work", at_ns)


@rule("runs-in-order-of-acks", "contract 3", "channel", needs="ack seq thread_id run_id")
def runs_in_order_of_acks(channel: ChannelView) -> Notes:
    """The runs of a thread start in the order of their acknowledgements."""
    last: dict[str, tuple[int, str]] = {}
    places: dict[str, int] = {}
    for ack in channel.answers_of("message_ack"):
        if ack.run_id is not None and ack.seq is not None:
            places.setdefault(ack.run_id, ack.seq)
    started = [run for run in channel.all_runs() if run.start_ns is not None and run.run_id in places]
    for run in sorted(started, key=lambda run: run.start_ns or 0):
        place, thread = places[run.run_id], run.thread_id or ""
        before, other = last.get(thread, (0, ""))
        if place < before:
            text = f"{run} was acknowledged before run {other} and started after it"
            yield Broken(text, run.start_ns, run.trace_id)
        last[thread] = max((place, run.run_id), (before, other))


@rule("only-own-runs", "contract 3", "user", needs="run_id ack")
def only_own_runs(user: UserView) -> Notes:
    """A user sees runs that they asked for, and no others."""
    known = known_runs(user)
    first = min((channel.greeted_stamp for channel in user.channels if channel.greeted_stamp), default="")
    for run in user.runs():
        # A run from before this history, of a user who was there before it, is known by its age.
        older = not first or run.first_stamp < first or run.first_kind not in ("message_ack", "agent_started")
        if run.run_id not in known and not older:
            text = f"{run.first_kind} of {run}, which {user.name} never asked for"
            yield Broken(text, run.first_ns, run.trace_id, str(run.channel))


def known_runs(user: UserView) -> set[str]:
    """Give the runs that are known to be a user's.

    Args:
        user: The user.

    Returns:
        Ids from acknowledgements on any of their connections, from REST, from the stores, and from the test's own list.
    """
    person = user.history.recorder.people.get(user.name)
    asked = {sent.client_message_id for channel in user.channels for sent in channel.sent} | {None}
    over_rest = " ".join(exchange.request for exchange in user.exchanges)
    known = set(person.marks) if person else set()
    for _, ack in user.acks():
        if ack.client_message_id in asked or ack.replayed or str(ack.client_message_id) in over_rest:
            known.add(str(ack.run_id))
    for exchange in user.exchanges:
        known.update(word.strip('",:{}[] ') for word in exchange.answer.split('"') if len(word) == 36)
    known.update(str(look_up.content.get("run_id")) for look_up in user.look_ups if isinstance(look_up.content, dict))
    return known


def pairs(channel: ChannelView) -> list[tuple[Sent, Answer]]:
    """Give the questions asked on a connection with the acknowledgements that it brought.

    Args:
        channel: The connection.

    Returns:
        Pairs, in the order of the acknowledgements; a question that was asked twice counts as it was asked first.
    """
    asked: dict[str, Sent] = {}
    for sent in channel.sent:
        if sent.client_message_id is not None and sent.kind in ASKING:
            asked.setdefault(sent.client_message_id, sent)
    return [
        (asked[ack.client_message_id], ack)
        for ack in channel.answers_of("message_ack")
        if ack.client_message_id in asked and not ack.replayed
    ]


def _was_asked_on(channel: ChannelView) -> bool:
    return any(sent.kind in ASKING for sent in channel.sent)

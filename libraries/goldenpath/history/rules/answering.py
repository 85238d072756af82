"""Rules about direct answers: every frame that a client sends gets one, with the client's own mark."""

from collections import Counter

from goldenpath.history.rules.book import Broken, Notes, Unproven, rule
from goldenpath.history.rules.kinds import ASKING
from goldenpath.history.rules.views import Answer, ChannelView, Seen, Sent
from goldenpath.schemas import error_codes

# A platform that has not answered within this time will not.
_ANSWER_WITHIN_NS = 10_000_000_000
_LONGEST_REF = 64


@rule("every-send-is-answered", "contract 3", "channel", needs="ack client_message_id")
def every_send_is_answered(channel: ChannelView) -> Notes:
    """Every frame that a client sends is answered, by an acknowledgement or an error, while the connection is open."""
    open_sends = _unanswered(channel)
    errors = sum(1 for answer in channel.answers_of("error") if answer.sent is None)
    # An error without a mark may answer any frame: each of them excuses one, the oldest first.
    for sent in open_sends[errors:]:
        ended_ns = channel.closed.at_ns if channel.closed else channel.history.end_ns
        if channel.history.fault_between(sent.at_ns, ended_ns) or channel.closed is not None:
            continue  # it may have worked: nobody can tell
        what = sent.kind or "a frame that is no JSON object"
        answered_later = any(other.answered and other.at_ns > sent.at_ns for other in _queued(channel))
        if answered_later or ended_ns > sent.at_ns + _ANSWER_WITHIN_NS:
            yield Broken(f"{what} was never answered", sent.at_ns)
        else:
            yield Unproven(f"{what} was not answered before the history ended")


@rule("ping-is-answered", "contract 3", "channel")
def ping_is_answered(channel: ChannelView) -> Notes:
    """Every ping gets its pong."""
    pings = [sent for sent in channel.sent if sent.kind == "ping"]
    pongs = sum(1 for _ in channel.answers_of("pong"))
    if len(pings) <= pongs or channel.closed is not None:
        return
    first = pings[pongs]
    watched_ns = channel.history.end_ns - first.at_ns
    if channel.history.fault_between(first.at_ns, channel.history.end_ns):
        return
    if watched_ns > _ANSWER_WITHIN_NS:
        yield Broken(f"{len(pings)} pings got {pongs} pongs", first.at_ns)
    else:
        yield Unproven(f"{channel} was not watched for 10 s after its last ping")


@rule("no-pong-without-ping", "contract 3", "channel")
def no_pong_without_ping(channel: ChannelView) -> Notes:
    """A pong answers a ping."""
    pings = [sent.at_ns for sent in channel.sent if sent.kind == "ping"]
    for number, pong in enumerate(channel.answers_of("pong")):
        if number >= len(pings) or pings[number] > pong.at_ns:
            yield Broken("a pong came, and no ping was open", pong.at_ns, pong.trace_id)


@rule("ref-comes-back", "contract 3", "channel", needs="ref ack client_message_id")
def ref_comes_back(channel: ChannelView) -> Notes:
    """The direct answer to a question carries the mark that the client gave it."""
    asked = {sent.client_message_id: sent for sent in channel.sent if sent.client_message_id is not None}
    repeated = Counter(sent.client_message_id for sent in channel.sent)
    for ack in channel.answers_of("message_ack"):
        sent = asked.get(ack.client_message_id or "")
        if sent is None or sent.ref is None or len(sent.ref) > _LONGEST_REF or repeated[sent.client_message_id] > 1:
            continue
        if ack.ref != sent.ref and not ack.replayed:
            yield Broken(f"the question's ref is {sent.ref!r}, its answer's is {ack.ref!r}", ack.at_ns, ack.trace_id)


@rule("no-foreign-ref", "contract 3", "channel", needs="ref")
def no_foreign_ref(channel: ChannelView) -> Notes:
    """No answer carries a mark that this connection did not send."""
    refs = {sent.ref for sent in channel.sent}
    for answer in channel.answers:
        if answer.ref is not None and answer.ref not in refs:
            yield Broken(f"{answer.kind} carries the ref {answer.ref!r}", answer.at_ns, answer.trace_id)


@rule("error-codes-documented", "contract 1", "frame", needs="schemas", types=("error",))
def error_codes_documented(seen: Seen, channel: ChannelView) -> str | None:
    """An error on the socket carries a documented code of the socket."""
    error = seen.data.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    known = isinstance(code, str) and "socket" in error_codes().get(code, {}).get("where", ())
    return None if known else f"error has the code {code}"


@rule("errors-name-their-trace", "contract 1", "frame", needs="schemas trace_id", types=("error", "agent_error"))
def errors_name_their_trace(seen: Seen, channel: ChannelView) -> str | None:
    """An error names the trace that its frame belongs to."""
    error = seen.data.get("error")
    inner = error.get("trace_id") if isinstance(error, dict) else None
    return None if inner == seen.trace_id else f"{seen.kind} is of trace {seen.trace_id}, its error of {inner}"


def _queued(channel: ChannelView) -> list[Sent]:
    """What a client sends and is answered in its turn; a ping is answered at once, a stop by the run's end."""
    return [sent for sent in channel.sent if sent.kind not in ("ping", "stop_agent")]


def _unanswered(channel: ChannelView) -> list[Sent]:
    """Match answers with what they answer, and give what is left."""
    by_id: dict[str, list[Answer]] = {}
    by_ref: dict[str, list[Answer]] = {}
    replays = {id(replay.sent): replay for replay in channel.replays}
    for answer in channel.answers:
        if answer.kind == "message_ack" and answer.client_message_id is not None:
            by_id.setdefault(answer.client_message_id, []).append(answer)
        elif answer.ref is not None:
            by_ref.setdefault(answer.ref, []).append(answer)
    for sent in _queued(channel):
        acks = by_id.get(sent.client_message_id or "", [])
        errors = by_ref.get(sent.ref or "", [])
        replay = replays.get(id(sent))
        if sent.kind in ASKING and sent.client_message_id is None and sent.readable and not errors:
            # Such a question cannot be told from another one: its run is looked at, its answer is not.
            sent.answered = True
        elif acks:
            acks.pop(0).sent, sent.answered = sent, True
        elif errors:
            errors.pop(0).sent, sent.answered = sent, True
        else:
            sent.answered = replay is not None and replay.last_seq is not None
    return [sent for sent in _queued(channel) if not sent.answered]

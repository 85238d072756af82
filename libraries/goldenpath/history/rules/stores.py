"""Rules about what is stored: what was acknowledged is there, once, unchanged, and rows say what sockets told."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from goldenpath.history.look_ups import ROW_OF, RUN_PAGE, LookUp
from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import Answer, ChannelView, HistoryView, RunView, Seen, UserView

_STATES = {"agent_error": "failed", "agent_stopped": "stopped"}


@rule("acknowledged-is-stored", "contract 6", "user", needs="ack database")
def acknowledged_is_stored(user: UserView) -> Notes:
    """A question that was acknowledged is stored."""
    rows = rows_of(user, "messages")
    found = (look_up.at_ns for look_up in user.look_ups if look_up.place.startswith(ROW_OF))
    read_ns = max(found, default=user.history.recorder.rows_read_ns)
    stored = {str(row.get("id")) for _, row in rows}
    for channel, ack in user.acks():
        if (
            not ack.replayed
            and ack.at_ns < read_ns
            and ack.message_id not in stored
            and not _deleted(user, ack.thread_id)
        ):
            text = f"message {ack.message_id} was acknowledged, and PostgreSQL does not have it"
            yield Broken(text, ack.at_ns, ack.trace_id, str(channel))


@rule("acknowledged-can-be-read", "contract 4 and 6", "user", needs="ack")
def acknowledged_can_be_read(user: UserView) -> Notes:
    """A question that was acknowledged stands in the list of its thread's messages."""
    acks: dict[str | None, list[tuple[ChannelView, Answer]]] = {}
    for channel, ack in user.acks():
        acks.setdefault(ack.thread_id, []).append((channel, ack))
    # The last list of a thread says it all: what it holds was not lost before.
    for thread, sent_ns, items in {entry[0]: entry for entry in _message_lists(user)}.values():
        listed = {item.get("id") for item in items}
        for channel, ack in acks.get(thread, ()):
            if ack.at_ns < sent_ns and ack.message_id not in listed:
                text = f"message {ack.message_id} was acknowledged, and its thread's messages do not hold it"
                yield Broken(text, ack.at_ns, ack.trace_id, str(channel))


@rule("stored-once", "contract 3 and 6", "user", needs="database client_message_id")
def stored_once(user: UserView) -> Notes:
    """No question is stored twice."""
    first: dict[tuple[str, str], str] = {}
    for look_up, row in rows_of(user, "messages"):
        key = (str(row.get("user_id")), str(row.get("client_message_id")))
        if row.get("client_message_id") is not None:
            before = first.setdefault(key, str(row.get("id")))
            if before != str(row.get("id")):
                yield Broken(
                    f"{key[1]} is stored as {before} and as {row.get('id')}", look_up.at_ns, place=look_up.place
                )


@rule("one-answer-a-question", "contract 4", "user", needs="database")
def one_answer_a_question(user: UserView) -> Notes:
    """A run stores at most one answer."""
    first: dict[str, str] = {}
    for look_up, row in rows_of(user, "messages"):
        if row.get("role") == "assistant":
            run_id, message = str(row.get("run_id")), str(row.get("id"))
            if first.setdefault(run_id, message) != message:
                yield Broken(f"run {run_id} has two answers", look_up.at_ns, row.get("trace_id"), look_up.place)


@rule("stored-unchanged", "contract 4", "user", needs="database client_message_id")
def stored_unchanged(user: UserView) -> Notes:
    """A question is stored character for character as it was sent."""
    sent = {s.client_message_id: s.content for channel in user.channels for s in reversed(channel.sent)}
    for look_up, row in rows_of(user, "messages"):
        content = sent.get(row.get("client_message_id"))
        if row.get("client_message_id") is not None and content is not None and row.get("content") != content:
            text = f"sent was {content[:80]!r}, stored is {str(row.get('content'))[:80]!r}"
            yield Broken(text, look_up.at_ns, row.get("trace_id"), look_up.place)


@rule("nothing-invented", "contract 6", "user", needs="database client_message_id timestamp")
def nothing_invented(user: UserView) -> Notes:
    """No question is stored that its user never sent."""
    asked = {sent.client_message_id for channel in user.channels for sent in channel.sent}
    over_rest = " ".join(exchange.request for exchange in user.exchanges)
    began = min((channel.greeted_stamp for channel in user.channels if channel.greeted_stamp), default="")
    for look_up, row in rows_of(user, "messages"):
        client_id = row.get("client_message_id")
        if client_id is None or client_id in asked or str(client_id) in over_rest or row.get("role") != "user":
            continue
        if began and _moment(row.get("created_at")) >= _moment(began):
            text = f"{client_id} is stored, and {user.name} never sent it"
            yield Broken(text, look_up.at_ns, row.get("trace_id"), look_up.place)


@rule("stored-frames-are-the-sent-ones", "contract 3", "history", needs="database event_id run_id seq")
def stored_frames_are_the_sent_ones(history: HistoryView) -> Notes:
    """The stored frames of a run are exactly those that its user was sent."""
    for user in history.users.values():
        stored: dict[str, set[str]] = {}
        for _, row in rows_of(user, "run_events"):
            stored.setdefault(str(row.get("run_id")), set()).add(str(row.get("id")))
        for run in user.runs():
            rows = stored.get(run.run_id)
            if rows is None or run.gap or run.ack_ns is None or run.end_ns is None:
                continue
            for what, ids in (
                ("sent and not stored", run.event_ids - rows),
                ("stored and not sent", rows - run.event_ids),
            ):
                if ids:
                    text = f"{len(ids)} frame(s) of {run} were {what}: {', '.join(sorted(ids)[:3])}"
                    yield Broken(text, run.end_ns, run.trace_id, f"{user.name}'s {run.channel}")


@rule("stored-frames-say-the-same", "contract 3", "user", needs="database event_id seq")
def stored_frames_say_the_same(user: UserView) -> Notes:
    """A stored frame has the type, seq, time and data with which it was sent."""
    for look_up, row in rows_of(user, "run_events"):
        frame = user.history.events.get(hash(str(row.get("id"))))
        body = frame.read() if frame is not None else None
        if body is None:
            continue
        data = {name: value for name, value in (body.get("data") or {}).items() if name not in ("replayed", "ref")}
        told = {"type": body.get("type"), "seq": body.get("seq"), "data": data}
        is_ = {"type": row.get("type"), "seq": row.get("seq"), "data": _json(row.get("data"))}
        differing = [name for name in told if told[name] != is_[name]]
        if _moment(row.get("created_at")) != _moment(body.get("timestamp")):
            differing.append("time")
        if differing and "left_out" not in data:
            text = f"{body.get('type')} (seq {body.get('seq')}) is stored with another {' and '.join(differing)}"
            yield Broken(text, look_up.at_ns, row.get("trace_id"), look_up.place)


@rule("rest-says-what-the-end-said", "contract 6", "user", needs="runs run_id")
def rest_says_what_the_end_said(user: UserView) -> Notes:
    """What the end of a run says is readable over REST at once: the same state, the same answer."""
    ends = {run.run_id: run for run in user.runs() if run.end is not None}
    for place, asked_ns, body in _run_pages(user):
        run = ends.get(str(body.get("id") or place.rpartition("/")[2]))
        if run is not None and run.end is not None and asked_ns > run.end.at_ns:
            yield from _same_end(run, run.end, body, place)


@rule("rows-say-what-the-end-said", "contract 6", "user", needs="database run_id")
def rows_say_what_the_end_said(user: UserView) -> Notes:
    """What the end of a run says stands in its row: the same state, the same answer."""
    ends = {run.run_id: run for run in user.runs() if run.end is not None}
    for look_up, row in rows_of(user, "runs"):
        run = ends.get(str(row.get("id")))
        if run is not None and run.end is not None and look_up.at_ns > run.end.at_ns:
            yield from _same_end(run, run.end, row, look_up.place)


@rule("rows-name-their-owner", "contract 6", "user", needs="database")
def rows_name_their_owner(user: UserView) -> Notes:
    """Every row of a user carries that user's id."""
    for look_up in user.look_ups:
        row = look_up.content
        if not (look_up.place.startswith(ROW_OF) and isinstance(row, dict) and "user_id" in row and user.user_id):
            continue
        if str(row["user_id"]) != user.user_id:
            text = f"it stands in {user.name}'s and carries user_id {row['user_id']}"
            yield Broken(text, look_up.at_ns, row.get("trace_id"), look_up.place)


def rows_of(user: UserView, table: str) -> list[tuple[LookUp, dict[str, Any]]]:
    """Give the rows of a table that were looked up for a user.

    Args:
        user: The user.
        table: The table's name.

    Returns:
        Look-ups with their rows; a row that was looked up again counts once, as it was the last time.
    """
    found = {
        str(look_up.content.get("id")): (look_up, look_up.content)
        for look_up in user.look_ups
        if look_up.place == ROW_OF + table and isinstance(look_up.content, dict)
    }
    return list(found.values())


def _same_end(run: RunView, end: Seen, said: dict[str, Any], place: str) -> Iterator[Broken]:
    state = _STATES.get(end.kind) or end.data.get("status")
    if said.get("state") != state:
        text = f"{run} ended as {state}, and it says {said.get('state')}"
        yield Broken(text, end.at_ns, end.trace_id, place)
    result = end.data.get("result", end.data.get("partial_result"))
    if end.kind == "agent_completed" and "result" in said and _json(said["result"]) != result:
        yield Broken(f"{run} ended with another answer than it says", end.at_ns, end.trace_id, place)


def _run_pages(user: UserView) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for look_up in user.look_ups:
        if look_up.place.startswith(RUN_PAGE) and isinstance(look_up.content, dict) and "state" in look_up.content:
            yield look_up.place, look_up.at_ns, look_up.content
    for exchange in user.exchanges:
        if exchange.method == "GET" and exchange.status == 200 and f"GET {exchange.path}".startswith(RUN_PAGE):
            body = _json(exchange.answer)
            if isinstance(body, dict) and "state" in body:
                yield f"GET {exchange.path}", exchange.sent_ns, body


def _message_lists(user: UserView) -> Iterator[tuple[str, int, list[dict[str, Any]]]]:
    """Whole lists of a thread's messages: asked from the beginning, and with nothing after them."""
    for exchange in user.exchanges:
        parts = exchange.path.split("/")
        if exchange.method == "GET" and exchange.status == 200 and parts[1:3] == ["api", "threads"]:
            body = _json(exchange.answer)
            whole = isinstance(body, dict) and body.get("next_cursor") is None and "cursor" not in exchange.query
            if len(parts) == 5 and parts[4] == "messages" and whole and isinstance(body, dict):
                yield parts[3], exchange.sent_ns, [item for item in body.get("items", ()) if isinstance(item, dict)]


def _deleted(user: UserView, thread: str | None) -> bool:
    return any(e.method == "DELETE" and e.path == f"/api/threads/{thread}" for e in user.exchanges)


def _json(value: Any) -> Any:
    """Read a value that may be JSON as text: drivers differ."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _moment(value: Any) -> float:
    """Give a moment to the millisecond; 0 for what is none."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return 0.0
    return int(moment.timestamp() * 1000 + 1e-6) / 1000 if moment.tzinfo else 0.0

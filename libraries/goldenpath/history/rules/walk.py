"""The one pass over a connection: each frame is parsed once, shown to the rules, and let go of."""

from collections.abc import Callable, Iterable
from typing import Any

from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel
from goldenpath.history.rules.book import Broken, Rule
from goldenpath.history.rules.kinds import STORED, TERMINALS
from goldenpath.history.rules.views import (
    Answer,
    ChannelView,
    HistoryView,
    Jump,
    Late,
    Replay,
    RunView,
    Seen,
    Sent,
    text_of,
)

# A frame that was under way when the close came is recorded a moment later.
_CLOSE_GRACE_NS = 1_000_000_000
# What is left of the frames of a run that was judged: one empty list for all of them.
_NO_FRAMES: list[Seen] = []
_ANSWERS = frozenset(("message_ack", "connection_established", "error", "pong", "replay_complete", "agent_stopped"))

Tell = Callable[[Rule, ChannelView, Broken], None]


class Walk:
    """Passes over connections.

    Args:
        history: Where what is left of them goes.
        rules: Of the scopes ``frame`` and ``run``; others are not asked here.
        tell: Takes what the rules of single frames find.
        judge_run: Takes a run whose last frame was seen.
    """

    def __init__(
        self, history: HistoryView, rules: Iterable[Rule], tell: Tell, judge_run: Callable[[RunView], None]
    ) -> None:
        self._history = history
        self._frame_rules = [rule for rule in rules if rule.scope == "frame"]
        self._by_kind: dict[str, list[Rule]] = {}
        self._tell = tell
        self._judge_run = judge_run

    def over(self, channel: Channel) -> ChannelView:
        """Pass over a connection.

        Args:
            channel: The connection as recorded.

        Returns:
            What is left of it.
        """
        history = self._history
        view = ChannelView(history, channel.owner, channel.name, channel.opened_ns, channel.closed)
        state = _Connection(view, self._judge_run)
        closed_ns = None if channel.closed is None else channel.closed.at_ns + _CLOSE_GRACE_NS
        for frame in channel.frames:
            if frame.direction == "out":
                view.sent.append(_sent(frame))
                state.sent(view.sent[-1])
                continue
            view.received += 1
            view.last_ns = frame.at_ns
            if closed_ns is not None and frame.at_ns > closed_ns:
                view.after_close.append(frame.at_ns)
            if isinstance(frame.raw, bytes):
                view.binary.append(frame.at_ns)
            body = frame.read()
            if body is None:
                view.malformed.append(frame.at_ns)
                continue
            self._frame(frame, body, view, state)
        state.finish()
        history.end_ns = max(history.end_ns, view.last_ns, *(sent.at_ns for sent in view.sent[-1:]))
        return view

    def _frame(self, frame: Frame, body: dict[str, Any], view: ChannelView, state: "_Connection") -> None:
        seen = Seen(frame, body)
        kind = seen.kind
        if not view.first_kind:
            view.first_kind, view.first_ns = kind or "a frame without a type", frame.at_ns
        event_id = body.get("event_id")
        if isinstance(event_id, str):
            # Its hash stands for the id: a million ids as texts would not fit; the twin itself is compared in full.
            first = self._history.events.setdefault(hash(event_id), frame)
            if first is not frame:
                seen.twin = first
        rules = self._by_kind.get(kind)
        if rules is None:
            rules = self._by_kind[kind] = [rule for rule in self._frame_rules if not rule.types or kind in rule.types]
        for rule in rules:
            wrong = rule.check(seen, view)
            if wrong is not None:
                self._tell(rule, view, Broken(wrong, seen.at_ns, seen.trace_id))
        if kind in _ANSWERS:
            view.answers.append(_answer(seen))
        if kind in STORED:
            state.stored(seen)
        elif kind == "connection_established":
            view.greetings.append(view.answers.pop())
            view.connection_ids.append(text_of(seen.data, "connection_id") or "")
            view.greeted_stamp = view.greeted_stamp or seen.timestamp
        elif kind == "replay_complete":
            state.replay_complete(seen)


class _Connection:
    """What the pass has to remember of one connection."""

    def __init__(self, view: ChannelView, judge_run: Callable[[RunView], None]) -> None:
        self._view = view
        self._judge_run = judge_run
        self._last: dict[str, int] = {}
        self._replayed_to: set[str] = set()
        self._open_replays: dict[str, list[Replay]] = {}
        self._at_work: dict[str, RunView] = {}
        self._run_ids = "run_id" not in view.history.not_offered

    def sent(self, sent: Sent) -> None:
        """Take note of what the user sent."""
        if sent.kind == "resume" and sent.thread_id is not None and sent.after_seq is not None:
            replay = Replay(sent, next_seq=sent.after_seq + 1)
            self._open_replays.setdefault(sent.thread_id, []).append(replay)
            self._view.replays.append(replay)

    def stored(self, seen: Seen) -> None:
        """Put a stored frame where it belongs: in a replay, or live in its thread and run."""
        if seen.replayed:
            self._replayed(seen)
            return
        thread, seq = seen.thread_id, seen.seq
        run = self._run_of(seen)
        if thread is not None:
            for replay in self._open_replays.get(thread, ()):
                if replay.count:
                    replay.live_between.append((seq, seen.at_ns))
            last = self._last.get(thread)
            if last is None:
                self._view.first_seqs[thread] = seq
            elif seq != last + 1:
                after_replay = thread in self._replayed_to
                self._view.jumps.append(Jump(thread, seq, last + 1, seen.at_ns, seen.trace_id, after_replay))
                run.gap = True
            self._replayed_to.discard(thread)
            if seq is not None:
                self._last[thread] = max(seq, last or 0)
        self._of_run(run, seen)

    def _run_of(self, seen: Seen) -> RunView:
        view = self._view
        if seen.run_id is not None and self._run_ids:
            run = view.runs.get(seen.run_id)
            if run is None:
                run = view.runs[seen.run_id] = RunView(view, seen.run_id, seen)
            return run
        # Without ids of runs a run begins where the one before it has ended.
        last = view.unnamed_runs[-1] if view.unnamed_runs else None
        if last is None or (last.end_ns is not None and seen.kind in ("message_ack", "agent_started")):
            last = RunView(view, "", seen)
            view.unnamed_runs.append(last)
        return last

    def _of_run(self, run: RunView, seen: Seen) -> None:
        if run.end_ns is not None:
            if not run.late:
                run.late = []
            run.late.append(Late(seen.kind, seen.at_ns, seen.trace_id))
            return
        run.frames.append(seen)
        if seen.kind == "message_ack":
            run.ack_ns = seen.at_ns
            return
        thread = run.thread_id or ""
        other = self._at_work.setdefault(thread, run)
        if run.start_ns is None and seen.kind == "agent_started":
            run.start_ns = seen.at_ns
            if other is not run:
                self._view.overlaps.append((run.run_id, other.run_id, seen.at_ns))
        if seen.kind in TERMINALS:
            run.end_ns, run.end_kind = seen.at_ns, seen.kind
            if self._at_work.get(thread) is run:
                del self._at_work[thread]
            self._finish(run)

    def _finish(self, run: RunView) -> None:
        history = self._view.history
        self._judge_run(run)
        if run.run_id in history.told and run.frames and run.frames[-1].kind in TERMINALS:
            run.end = run.frames[-1]
        if run.run_id in history.stored:
            run.event_ids = frozenset(str(seen.body.get("event_id")) for seen in run.frames)
        run.frames = _NO_FRAMES

    def finish(self) -> None:
        """Judge the runs whose end was not seen."""
        for run in self._view.all_runs():
            if run.end_ns is None:
                self._finish(run)

    def _replayed(self, seen: Seen) -> None:
        replay = self._replay_of(seen.thread_id or "", seen.seq)
        if seen.kind == "message_ack" and (replay is None or seen.seq != replay.next_seq):
            # The stored acknowledgement of a question that was sent again; the rule of repeats looks at it.
            return
        if replay is None:
            self._view.unasked_replays.append(_answer(seen))
            return
        replay.first_ns = replay.first_ns or seen.at_ns
        replay.count += 1
        if seen.seq != replay.next_seq:
            replay.jumps.append((seen.seq, replay.next_seq, seen.at_ns))
        replay.next_seq = (replay.next_seq if seen.seq is None else seen.seq) + 1
        run = self._view.runs.get(seen.run_id or "")
        if run is not None and run.end_ns is None and seen.kind in TERMINALS:
            run.gap, run.end_ns, run.end_kind = True, seen.at_ns, seen.kind
            self._at_work.pop(run.thread_id or "", None)
            self._finish(run)

    def _replay_of(self, thread: str, seq: int | None) -> Replay | None:
        """Find the replay that a frame belongs to: a refused ``resume`` may stand before the one that is answered."""
        waiting = self._open_replays.get(thread)
        if not waiting:
            return None
        return next((replay for replay in waiting if replay.next_seq == seq), waiting[0])

    def replay_complete(self, seen: Seen) -> None:
        """Close the replay that this frame ends."""
        thread, last_seq = text_of(seen.data, "thread_id"), seen.data.get("last_seq")
        if thread is None or not isinstance(last_seq, int):
            return
        replay = self._replay_of(thread, last_seq + 1)
        if replay is not None:
            self._open_replays[thread].remove(replay)
            replay.last_seq, replay.ended_ns = last_seq, seen.at_ns
        if thread in self._at_work:
            self._at_work[thread].gap = True
        self._last[thread] = max(last_seq, self._last.get(thread, 0))
        self._replayed_to.add(thread)


def _sent(frame: Frame) -> Sent:
    size = len(frame.raw) if isinstance(frame.raw, bytes) or frame.raw.isascii() else len(frame.raw.encode())
    binary = isinstance(frame.raw, bytes)
    body = frame.read()
    if body is None:
        return Sent(frame.at_ns, "", readable=False, size=size, binary=binary)
    payload = body.get("payload", body.get("data"))
    inner: dict[str, Any] = payload if isinstance(payload, dict) else {}
    after_seq = inner.get("after_seq")
    return Sent(
        frame.at_ns,
        text_of(body, "type") or "",
        size=size,
        binary=binary,
        ref=text_of(body, "ref"),
        client_message_id=text_of(inner, "client_message_id"),
        thread_id=text_of(inner, "thread_id"),
        run_id=text_of(inner, "run_id"),
        after_seq=after_seq if isinstance(after_seq, int) and not isinstance(after_seq, bool) else None,
        content=text_of(inner, "content"),
        traced=inner.get("traceparent") is not None,
    )


def _answer(seen: Seen) -> Answer:
    data = seen.data
    return Answer(
        seen.at_ns,
        seen.kind,
        ref=text_of(data, "ref"),
        client_message_id=text_of(data, "client_message_id"),
        message_id=text_of(data, "message_id"),
        run_id=seen.run_id or text_of(data, "run_id"),
        thread_id=seen.thread_id or text_of(data, "thread_id"),
        seq=seen.seq,
        timestamp=seen.timestamp,
        trace_id=seen.trace_id,
        replayed=seen.replayed,
    )

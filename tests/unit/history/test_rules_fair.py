"""No rule accuses a platform of what it did right: runs seen in part, taken over, disturbed, or asked for badly."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from bad_histories import ada, bob, close_ranks, second
from good_histories import Line, Story, good, question, stamp, tell_run, trace, uid

from goldenpath.history.judge import judge

# What the platform of the netra-apex dialect has not, as far as it matters to rules.
_LACKING = """
    ack client_message_id event_id seq resume stop ref request_id trace_id user_id plan step tool_call_id result schemas
    runs database timestamp tool_status thread_id
"""
NETRA = frozenset(_LACKING.split())


def opened_in_mid_run(story: Story) -> None:
    line = second(story)
    greeting, *rest = line.entries
    greeting.at_s = line.opened_s = 2.2
    greeting.body["timestamp"] = stamp(2.2)
    line.entries = [greeting, *(entry for entry in rest if entry.at_s > 2.2)]


def dropped_before_the_end(story: Story) -> None:
    line = second(story)
    line.entries = [entry for entry in line.entries if entry.at_s < 2.2]
    line.closed = (1006, "dropped by the test", 2.3, "client")


def dropped_and_resumed(story: Story) -> None:
    """A third socket comes in mid-run, gets some live frames, and asks for the others."""
    line = story.line("Ada", "socket 3", 2.0)
    told = [e for e in ada(story).of_run("a1") if "replayed" not in e.body["data"]]
    live, end = [e for e in told if 2.2 < e.at_s < 3], told[-1]
    for entry in live:
        line.put("in", entry.at_s, deepcopy(entry.body))
    line.say(3, "resume", {"thread_id": uid("ta"), "after_seq": 2})
    for number, entry in enumerate(told[2:]):
        body = deepcopy(entry.body)
        body["data"] = {**body["data"], "replayed": True}
        line.put("in", 4.2 + number / 100, body)
    line.hear(4.5, "replay_complete", {"thread_id": uid("ta"), "last_seq": end.body["seq"]})
    for entry in ada(story).of_run("a2"):
        body = deepcopy(entry.body)
        body["data"].pop("ref", None)
        line.put("in", entry.at_s, body)
    line.hear(18, "heartbeat", {})


def taken_over(story: Story) -> None:
    """The instance dies while a call is open: attempt 2 begins, and the open call of attempt 1 is void."""
    story.look_ups = []
    for line in (ada(story), second(story)):
        entries = [e for e in line.of_run("a1") if "replayed" not in e.body["data"]]
        again = deepcopy(entries[1])
        again.at_s = entries[9].at_s + 0.1  # the calls of Data have ended, the one of Optimization is open
        again.body.update(event_id=uid("again"), timestamp=stamp(again.at_s))
        again.body["data"]["attempt"] = 2
        retried = deepcopy(entries[9])
        retried.at_s = again.at_s + 0.05
        retried.body.update(event_id=uid("retried"), timestamp=stamp(retried.at_s))
        retried.body["data"]["tool_call_id"] = entries[10].body["data"]["tool_call_id"] = uid("retried call")
        place = line.entries.index(entries[10])
        line.entries[place:place] = [again, retried]
    close_ranks(story)


def bad_frames_on_purpose(story: Story) -> None:
    line = bob(story)
    for number, raw in enumerate(("no json", '{"type": "what"}', "[]")):
        line.put("out", 8.1 + number / 10, {}, raw)
        error = {"code": "INVALID_JSON", "message": "No.", "trace_id": trace(f"e{number}")}
        line.hear(8.15 + number / 10, "error", {"error": error}, trace_id=trace(f"e{number}"))


def asked_while_disturbed(story: Story) -> None:
    """PostgreSQL is away when Ada asks: nobody can tell what became of her question."""
    ada(story).say(17, "user_message", question("a3", "ta"))
    story.fault = (16.9, 17.9)
    ada(story).entries.sort(key=lambda entry: entry.at_s)


def asked_and_closed(story: Story) -> None:
    bob(story).say(8.9, "user_message", question("b3"))


def stopped_while_queued(story: Story) -> None:
    """A run that waits is stopped before it starts."""
    line = bob(story)
    line.entries = [e for e in line.entries if e.body.get("run_id") != uid("b2")]
    stopped = ("agent_stopped", {"recoverable": True, "options": ["Ask again."]})
    tell_run([line], "b2", "tb", 6, 5.2, [stopped])
    line.entries.sort(key=lambda entry: entry.at_s)


def degraded(story: Story) -> None:
    story.look_ups, story.exchanges = [], []
    for line in (ada(story), second(story)):
        for end in line.all("agent_completed"):
            end.body["data"].update(status="degraded", missing=["optimization"])
            end.body["data"]["result"].update(recommendations=[], total_monthly_saving=None, summary="1,234.50 USD.")
        for call in line.all("tool_completed"):
            if call.body["data"]["tool_name"] == "savings_calculator":
                call.body["data"].update(status="failed", result={"error": "it broke"})


@pytest.mark.parametrize(
    "change",
    [
        opened_in_mid_run,
        dropped_before_the_end,
        dropped_and_resumed,
        taken_over,
        bad_frames_on_purpose,
        asked_while_disturbed,
        asked_and_closed,
        stopped_while_queued,
        degraded,
    ],
)
def test_nothing_is_found(change: Callable[[Story], Any]) -> None:
    story = good()
    change(story)
    assert [str(finding) for finding in judge(story.build()).findings] == []


def test_a_platform_that_numbers_and_names_nothing_is_not_accused() -> None:
    story = good()
    for line in story.lines.values():
        line.entries = [
            e for e in line.entries if e.body.get("type") not in ("message_ack", "resume", "replay_complete")
        ]
        line.entries = [e for e in line.entries if "replayed" not in e.body.get("data", {})]
        for entry in line.entries:
            for name in ("seq", "event_id", "request_id", "trace_id", "user_id", "thread_id"):
                entry.body.pop(name, None)
    story.exchanges, story.look_ups = [], []
    judgement = judge(story.build(), NETRA)
    assert [str(finding) for finding in judgement.findings] == []
    assert len(judgement.rules) > 25


def _silent_after(line: Line) -> None:
    line.drop(*line.all("heartbeat"))


def test_silence_without_a_sign_of_life_is_unproven() -> None:
    story = good()
    for line in (ada(story), second(story)):
        _silent_after(line)
    judgement = judge(story.build())
    assert (judgement.findings, judgement.unproven["silence-after-end"]) == ((), 2)


def test_another_socket_that_was_not_watched_long_enough_proves_nothing() -> None:
    story = good()
    line = second(story)
    line.entries = [e for e in line.entries if e.body.get("run_id") != uid("a2")]
    line.closed = (1000, "", 10.5, "client")
    line.entries = [e for e in line.entries if e.at_s < 10.5]
    judgement = judge(story.build())
    assert judgement.findings == ()
    assert judgement.unproven["all-sockets-get-all"] == 2

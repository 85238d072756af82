"""Each rule accepts a good run and finds the one thing that is wrong with a bad one."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from goldenpath.history.frame import Frame
from goldenpath.history.rules import RUN_RULES, RunFrames, broken_run_rules, broken_thread_seq

USER = "0198c0de-0000-7000-8000-000000000001"
Frames = list[dict[str, Any]]


def good_run() -> Frames:
    agents = ["triage", "data", "report"]
    told: list[tuple[str, dict[str, Any]]] = [
        ("message_ack", {"message_id": "m1"}),
        ("agent_started", {"plan": agents, "attempt": 1}),
        ("agent_thinking", {"agent": "triage", "step": 1}),
        ("agent_thinking", {"agent": "data", "step": 2}),
        ("tool_executing", {"agent": "data", "step": 2, "tool_call_id": "t1", "tool_name": "usage_query"}),
        ("tool_executing", {"agent": "data", "step": 2, "tool_call_id": "t2", "tool_name": "cost_breakdown"}),
        ("tool_completed", {"agent": "data", "step": 2, "tool_call_id": "t2", "tool_name": "cost_breakdown"}),
        ("tool_completed", {"agent": "data", "step": 2, "tool_call_id": "t1", "tool_name": "usage_query"}),
        ("agent_thinking", {"agent": "report", "step": 3}),
        ("agent_completed", {"result": {}, "status": "completed"}),
    ]
    ids = {"user_id": USER, "thread_id": "th1", "run_id": "r1", "request_id": "q1", "trace_id": "tr1"}
    return [
        {"type": kind, "event_id": f"e{n}", "seq": n, "data": data, **ids} for n, (kind, data) in enumerate(told, 1)
    ]


def run_of(frames: Frames) -> RunFrames:
    return RunFrames(USER, [Frame("in", json.dumps(body)) for body in frames])


def without(kind: str) -> Callable[[Frames], Frames]:
    return lambda frames: [frame for frame in frames if frame["type"] != kind]


def swapped(first: int, second: int) -> Callable[[Frames], Frames]:
    def change(frames: Frames) -> Frames:
        frames[first], frames[second] = frames[second], frames[first]
        return frames

    return change


def changed(position: int, **fields: Any) -> Callable[[Frames], Frames]:
    def change(frames: Frames) -> Frames:
        frames[position].update(fields)
        return frames

    return change


def repeated(position: int, at: int) -> Callable[[Frames], Frames]:
    return lambda frames: [*frames[:at], deepcopy(frames[position]), *frames[at:]]


BAD_RUNS = [
    ("acknowledged-before-start", without("message_ack")),
    ("acknowledged-before-start", swapped(0, 1)),
    ("five-events", without("agent_thinking")),
    ("five-events", without("tool_executing")),
    ("started-first", swapped(1, 2)),
    ("one-terminal-last", without("agent_completed")),
    ("one-terminal-last", repeated(9, 10)),
    ("one-terminal-last", swapped(8, 9)),
    ("tools-paired", lambda frames: frames[:6] + frames[7:]),
    ("tools-paired", lambda frames: frames[:4] + frames[5:]),
    ("tools-paired", repeated(4, 5)),
    ("tools-paired", changed(6, data={"agent": "data", "tool_call_id": "t2", "tool_name": "price_catalog"})),
    ("steps-in-plan-order", swapped(2, 8)),
    ("steps-in-plan-order", lambda frames: frames[:8] + frames[9:]),
    ("seq-without-gap", swapped(4, 5)),
    ("seq-without-gap", changed(3, seq=None)),
    ("seq-without-gap", changed(3, seq=3)),
    ("ids-present", changed(5, request_id="another")),
    ("ids-present", changed(5, trace_id="")),
    ("ids-present", changed(5, event_id="e1")),
    ("only-own-user", changed(7, user_id="somebody else")),
]


def test_a_good_run_keeps_every_rule() -> None:
    assert broken_run_rules(run_of(good_run())) == []


@pytest.mark.parametrize(("rule", "spoil"), BAD_RUNS)
def test_a_bad_run_breaks_its_rule(rule: str, spoil: Callable[[Frames], Frames]) -> None:
    run = run_of(spoil(good_run()))
    assert list(RUN_RULES[rule](run)), f"{rule} found nothing"


def test_every_rule_has_a_bad_run_and_a_sentence() -> None:
    assert set(RUN_RULES) == {rule for rule, _ in BAD_RUNS}
    assert all(rule.__doc__ for rule in RUN_RULES.values())


@pytest.mark.parametrize(
    ("numbers", "findings"), [([1, 2, 3], 0), ([1, 3], 1), ([2, 3], 2), ([1, 1, 2], 2), ([1, 3, 2], 2)]
)
def test_seq_of_a_thread_counts_from_one(numbers: list[int], findings: int) -> None:
    frames = [Frame("in", json.dumps({"type": "agent_thinking", "seq": number})) for number in numbers]
    assert len(broken_thread_seq(frames)) == findings


def test_greeting_and_pong_have_no_place_in_a_thread() -> None:
    frames = [Frame("in", json.dumps({"type": kind})) for kind in ("connection_established", "pong", "heartbeat")]
    assert broken_thread_seq(frames) == []

"""Each rule accepts a good run and finds the one thing that is wrong with a bad one."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from goldenpath.history.frame import Frame
from goldenpath.history.rules import (
    RUN_RULES,
    RunFrames,
    broken_run_rules,
    broken_socket_rules,
    broken_thread_seq,
    shared_run_ids,
    watched_s,
)

USER = "0198c0de-0000-7000-8000-000000000001"
Frames = list[dict[str, Any]]


def thought(agent: str, step: int) -> dict[str, Any]:
    return {"agent": agent, "step": step, "reasoning": "I look.", "progress": 0.5}


def call(call_id: str, tool: str) -> dict[str, Any]:
    return {"agent": "data", "step": 2, "tool_call_id": call_id, "tool_name": tool}


def good_run() -> Frames:
    agents = ["triage", "data", "report"]
    ends = {"status": "ok", "result": {"requests": 1}, "duration_ms": 3}
    told: list[tuple[str, dict[str, Any]]] = [
        ("message_ack", {"message_id": "m1", "client_message_id": "c1", "run_id": "r1"}),
        ("agent_started", {"plan": agents, "attempt": 1}),
        ("agent_thinking", thought("triage", 1)),
        ("agent_thinking", thought("data", 2)),
        ("tool_executing", {**call("t1", "usage_query"), "parameters": {"model": "gpt-4o"}}),
        ("tool_executing", {**call("t2", "cost_breakdown"), "parameters": {"model": "gpt-4o"}}),
        ("tool_completed", {**call("t2", "cost_breakdown"), **ends}),
        ("tool_completed", {**call("t1", "usage_query"), **ends}),
        ("agent_thinking", thought("report", 3)),
        ("agent_completed", {"result": {"summary": "Said."}, "status": "completed", "duration_ms": 70}),
    ]
    ids = {
        "timestamp": "2026-11-21T05:12:01.123Z",
        "user_id": USER,
        "thread_id": "th1",
        "run_id": "r1",
        "request_id": "q1",
        "trace_id": "tr1",
    }
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


def without_field(position: int, name: str) -> Callable[[Frames], Frames]:
    def change(frames: Frames) -> Frames:
        del frames[position]["data"][name]
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
    ("tools-paired", repeated(6, 8)),
    ("steps-in-plan-order", swapped(2, 8)),
    ("steps-in-plan-order", lambda frames: frames[:8] + frames[9:]),
    ("seq-without-gap", swapped(4, 5)),
    ("seq-without-gap", changed(3, seq=None)),
    ("seq-without-gap", changed(3, seq=3)),
    ("ids-present", changed(5, request_id="another")),
    ("ids-present", changed(5, trace_id="")),
    ("ids-present", changed(5, event_id="e1")),
    ("only-own-user", changed(7, user_id="somebody else")),
    ("fields-filled", changed(7, timestamp=None)),
    ("fields-filled", changed(7, timestamp="yesterday")),
    ("fields-filled", changed(7, timestamp="2026-11-21T05:12:01")),
    ("fields-filled", without_field(2, "reasoning")),
    ("fields-filled", without_field(4, "tool_name")),
    ("fields-filled", without_field(6, "result")),
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
    ("numbers", "findings"),
    [
        ([1, 2, 3], []),
        ([1, 3, 4], ["agent_thinking has seq 3, due was 2"]),
        ([2, 3], ["agent_thinking has seq 2, due was 1"]),
        ([1, 1, 2], ["agent_thinking has seq 1, due was 2"]),
        ([1, 3, 2], ["agent_thinking has seq 3, due was 2", "agent_thinking has seq 2, due was 4"]),
        ([1, None, 2], ["agent_thinking has seq None, due was 2"]),
    ],
)
def test_seq_of_a_thread_counts_from_one(numbers: list[int | None], findings: list[str]) -> None:
    frames = [Frame("in", json.dumps({"type": "agent_thinking", "seq": number})) for number in numbers]
    assert broken_thread_seq(frames) == findings


def test_greeting_and_pong_have_no_place_in_a_thread() -> None:
    frames = [Frame("in", json.dumps({"type": kind})) for kind in ("connection_established", "pong", "heartbeat")]
    assert broken_thread_seq(frames) == []


def test_a_run_is_watched_from_its_start_to_its_end() -> None:
    run = run_of(good_run())
    for place, frame in enumerate(run.frames):
        frame.at_ns = place * 100_000_000
    assert watched_s(run) == pytest.approx(0.8)


def test_a_run_that_shows_no_start_was_not_watched() -> None:
    assert watched_s(run_of(without("agent_started")(good_run()))) == 0


GREETING = {"type": "connection_established", "user_id": USER}
HEARTBEAT = {"type": "heartbeat", "user_id": USER}


@pytest.mark.parametrize(
    ("bodies", "finding"),
    [
        ([HEARTBEAT], "came as frame nowhere"),
        ([GREETING, HEARTBEAT, GREETING], "came as frame 1, 3"),
        ([HEARTBEAT, GREETING], "came as frame 2"),
        ([GREETING, {"type": "heartbeat", "user_id": "else"}], "heartbeat names user else"),
        ([GREETING, "not an object"], "no JSON object"),
    ],
)
def test_a_socket_is_greeted_once_and_hears_of_nobody_else(bodies: list[Any], finding: str) -> None:
    (found,) = broken_socket_rules(USER, [Frame("in", json.dumps(body)) for body in bodies])
    assert finding in found


def test_a_socket_in_good_order_has_no_finding() -> None:
    assert broken_socket_rules(USER, [Frame("in", json.dumps(body)) for body in (GREETING, HEARTBEAT)]) == []


@pytest.mark.parametrize("name", ["run_id", "request_id", "trace_id"])
def test_ids_that_two_runs_share_are_found(name: str) -> None:
    other = [{**body, "run_id": "r2", "request_id": "q2", "trace_id": "tr2"} for body in good_run()]
    assert shared_run_ids([run_of(good_run()), run_of(other)]) == []
    shared = [{**body, name: good_run()[0][name]} for body in other]
    assert shared_run_ids([run_of(good_run()), run_of(shared)]) == [
        f"2 of 2 runs have the {name} {good_run()[0][name]}"
    ]

"""Moments, agents' turns and tool calls are read from frames as they come."""

from typing import Any

import pytest
from samples import START_NS, Script, normal

from goldenpath.reporting.moments import Moment, ToolCall, Turn, moments_from_frames, tool_calls, turns


def at(*events: tuple[float, str]) -> list[Moment]:
    """Thoughts of agents; no agent stands for the end."""
    return [
        Moment(at_s, "agent_thinking" if agent else "agent_completed", agent=agent or None) for at_s, agent in events
    ]


def test_times_count_from_the_question() -> None:
    moments = moments_from_frames(normal(), START_NS)
    assert [moment.type for moment in moments][:3] == ["message_ack", "agent_started", "agent_thinking"]
    assert moments[0].at_s == pytest.approx(0.0186)
    assert moments[-1] == Moment(1.886, "agent_completed", "completed")


def test_what_a_frame_tells_is_kept() -> None:
    script = Script().tool(10, 30, "c1", "usage_query", status="failed")
    begin, end = moments_from_frames(script.frames, START_NS)
    assert begin == Moment(0.01, "tool_executing", "usage_query", "data", "c1")
    assert end == Moment(0.03, "tool_completed", "usage_query", "data", "c1", failure="failed")


def test_they_are_put_in_the_order_of_time() -> None:
    script = Script().think(50, "data", "later").think(20, "triage", "earlier")
    assert [moment.label for moment in moments_from_frames(script.frames, START_NS)] == ["earlier", "later"]


def test_errors_carry_their_code() -> None:
    script = Script().add(5, "agent_error", error={"code": "RUN_TIMEOUT", "message": "m"}).add(6, "error", error="text")
    first, second = moments_from_frames(script.frames, START_NS)
    assert (first.label, first.failure, second.failure) == ("RUN_TIMEOUT", "error", "error")


@pytest.mark.parametrize(
    "body",
    [
        None, "text", 7, [], {}, {"type": None}, {"type": ["agent_thinking"]}, {"type": "heartbeat", "data": {}},
        {"type": "connection_established"}, {"type": "pong"}, {"type": "something_new", "data": {"agent": "x"}},
    ],
)  # fmt: skip
def test_what_is_no_event_of_a_run_is_passed_over(body: Any) -> None:
    assert moments_from_frames([(START_NS, body)], START_NS) == []


@pytest.mark.parametrize("data", [None, "text", [], {}, {"agent": {"a": 1}}, {"tool_call_id": 7}, {"error": []}])
@pytest.mark.parametrize("kind", ["agent_thinking", "tool_executing", "tool_completed", "agent_error", "message_ack"])
def test_a_malformed_event_is_still_an_event(kind: str, data: Any) -> None:
    [moment] = moments_from_frames([(START_NS + 1_000_000, {"type": kind, "data": data})], START_NS)
    assert (moment.type, moment.at_s) == (kind, 0.001)


def test_a_turn_lasts_until_the_next_agent_or_the_end() -> None:
    moments = at((1, "triage"), (2, "triage"), (3, "data"), (5, ""))
    assert turns(moments) == [Turn("triage", 1, 3), Turn("data", 3, 5)]


def test_an_agent_that_comes_back_has_another_turn() -> None:
    moments = at((1, "data"), (2, "report"), (3, "data"))
    assert turns(moments) == [Turn("data", 1, 2), Turn("report", 2, 3), Turn("data", 3, 3)]


def test_nothing_after_the_end_makes_a_turn() -> None:
    assert turns(at((1, "data"), (2, ""), (3, "report"))) == [Turn("data", 1, 2)]
    assert turns([]) == []


def test_tool_calls_are_paired_by_their_id() -> None:
    script = Script().tool(10, 40, "c1", "one").tool(20, 30, "c2", "two", status="cancelled")
    moments = moments_from_frames(script.frames, START_NS)
    assert tool_calls(moments) == [ToolCall("one", 0.01, 0.04), ToolCall("two", 0.02, 0.03, failure="cancelled")]


def test_half_a_tool_call_is_kept_as_half() -> None:
    moments = [Moment(1, "tool_completed", "a", tool_call_id="c1"), Moment(2, "tool_executing", "b", tool_call_id="c2")]
    assert tool_calls(moments) == [ToolCall("a", None, 1), ToolCall("b", 2, None)]


def test_the_same_id_twice_makes_two_calls() -> None:
    kinds = ["tool_executing", "tool_completed"] * 2
    moments = [Moment(number + 1, kind, "a", tool_call_id="c") for number, kind in enumerate(kinds)]
    assert tool_calls(moments) == [ToolCall("a", 1, 2), ToolCall("a", 3, 4)]

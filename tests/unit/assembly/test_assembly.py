"""What the scenarios about the assembly of runs see, and what they let pass."""

import json
from typing import Any

import pytest

from goldenpath.assembly.doors import Knock, Watch, void, wrong_answers
from goldenpath.assembly.failures import Told, wrongly_told
from goldenpath.assembly.gauges import add_up, moved, read_gauges
from goldenpath.assembly.ids import Ids, differing, used_again, wrong_ids
from goldenpath.assembly.parts import Part, not_worked, read_parts
from goldenpath.errors import PromiseBroken
from goldenpath.history.frame import Frame

METRICS = """# TYPE gp_runs gauge
gp_ws_connections 2
gp_contexts 3.0
gp_runs{state="queued"} 0
gp_runs{state="running"} 1
gp_queue_depth 0
gp_router_handlers 5
gp_db_pool{state="used"} 1
gp_db_pool{state="free"} 9
gp_events_sent_total{type="pong"} 77
process_resident_memory_bytes 1e8
"""


def _frame(kind: str, **data: Any) -> Frame:
    return Frame("in", json.dumps({"type": kind, "data": data}), None)


def test_gauges_are_read_and_counters_left_out() -> None:
    found = read_gauges(METRICS)
    assert found['gp_runs{state="running"}'] == 1
    assert not any(name.startswith("gp_events") for name in found)


def test_gauges_of_instances_add_up() -> None:
    assert add_up([read_gauges(METRICS), read_gauges(METRICS)])["gp_contexts"] == 6


def test_a_gauge_that_is_missing_is_told() -> None:
    with pytest.raises(PromiseBroken, match=r"everything-released.*gp_db_pool"):
        add_up([read_gauges(METRICS.replace("gp_db_pool", "other"))])


def test_a_gauge_that_moved_is_told() -> None:
    assert moved({"gp_contexts": 0}, {"gp_contexts": 1}) == "gp_contexts was 0 and is 1"
    assert moved({"gp_contexts": 0}, {"gp_contexts": 0}) == ""


def test_ids_of_their_own_pass() -> None:
    assert wrong_ids([Ids("a", {"run_id": "1", "request_id": "2"}), Ids("b", {"run_id": "3", "request_id": "4"})]) == []


@pytest.mark.parametrize("empty", ["", None, "00000000-0000-0000-0000-000000000000", "None", "null"])
def test_an_empty_id_is_told(empty: object) -> None:
    assert "empty run_id" in wrong_ids([Ids("a", {"run_id": empty})])[0]


def test_a_shared_id_is_told_and_a_thread_may_be_shared() -> None:
    found = wrong_ids([Ids("a", {"run_id": "1", "thread_id": "t"}), Ids("b", {"run_id": "1", "thread_id": "t"})])
    assert found == ["b has the run_id 1 of a"]


def test_ids_that_two_places_tell_differently_are_told() -> None:
    assert differing("a", {"run_id": "1", "thread_id": "t"}, {"run_id": "2", "thread_id": "t"}) == [
        "a has run_id 1 in its acknowledgement and 2 over REST"
    ]


def test_a_request_id_that_comes_again_is_told() -> None:
    assert used_again([{"x-request-id": "1"}, {"x-request-id": "2"}, {"x-request-id": "1"}, {}]) == ["1"]


def test_parts_without_an_example_are_told() -> None:
    assert read_parts("tool", [{"name": "n", "example": "e"}]) == [Part("tool", "n", "e")]
    with pytest.raises(PromiseBroken, match="advertised-part-runs"):
        read_parts("agent", [{"name": "n", "example": " "}])
    with pytest.raises(PromiseBroken, match="advertised-part-runs"):
        read_parts("agent", [])


def test_an_agent_has_worked_when_it_thought_and_its_step_has_a_result() -> None:
    part = Part("agent", "data", "?")
    frames = [_frame("agent_thinking", agent="data")]
    done = [{"agent": "data", "state": "done", "result": {"findings": []}}]
    assert not_worked(part, frames, done) is None
    assert not_worked(part, [], done) == "no agent_thinking of data was sent"
    assert not_worked(part, frames, [{**done[0], "result": {}}]) == "its step is done, with the result {}"
    assert not_worked(part, frames, [{**done[0], "state": "failed"}]) is not None
    assert not_worked(part, frames, []) is not None


def test_a_tool_has_worked_when_a_call_of_it_gave_a_result() -> None:
    part = Part("tool", "usage_query", "?")
    begun = _frame("tool_executing", tool_name="usage_query", tool_call_id="1")
    good = _frame("tool_completed", tool_name="usage_query", tool_call_id="1", status="ok", result={"requests": 1})
    failed = _frame("tool_completed", tool_name="usage_query", tool_call_id="1", status="failed", result={"error": ""})
    other = _frame("tool_completed", tool_name="other", tool_call_id="1", status="ok", result={"requests": 1})
    assert not_worked(part, [begun, good], []) is None
    assert not_worked(part, [good], []) == "no tool_executing of usage_query was sent"
    assert not_worked(part, [begun, failed], []) is not None
    assert not_worked(part, [begun, other], []) is not None


def _knock(status: int, asked_ns: int = 5, *, retry_after: bool = False) -> Knock:
    return Knock("a door", status, retry_after=retry_after, asked_ns=asked_ns, opened=status == 200)


@pytest.mark.parametrize(
    ("knock", "told"),
    [
        (_knock(503, retry_after=True), ""),
        (_knock(200, 20), ""),
        (_knock(503), "without Retry-After"),
        (_knock(422), "was answered 422"),
        (_knock(503, 20, retry_after=True), "after the platform had reported ready"),
    ],
)
def test_answers_at_the_doors_of_a_start(knock: Knock, told: str) -> None:
    found = wrong_answers(Watch("after a stop", ready_ns=10, knocks=[knock]))
    assert told in found[0] if told else found == []


def test_a_start_at_which_nobody_knocked_proves_nothing() -> None:
    watch = Watch("after a stop", ready_ns=10, knocks=[_knock(503, retry_after=True)] * 9)
    assert "void: 9 requests" in str(void([watch]))
    watch.knocks.append(_knock(503, retry_after=True))
    assert void([watch]) is None


GOOD = [Told("socket", "AGENT_UNAVAILABLE", "There is no such agent.", 0.1)]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Told("REST", "AGENT_UNAVAILABLE", "There is no such agent.", 0.1), ""),
        (Told("REST", "INTERNAL", "Something went wrong.", 0.1), "the doors tell"),
        (Told("REST", "", "", 0.1), "no code or no words"),
        (Told("REST", "AGENT_UNAVAILABLE", "There is no such agent.", 9.0), "after 9.0 s"),
    ],
)
def test_what_is_told_at_two_doors(other: Told, told: str) -> None:
    found = "; ".join(wrongly_told("an agent", "AGENT_UNAVAILABLE", [*GOOD, other], 5))
    assert told in found if told else found == ""


def test_a_code_that_nobody_documented_is_told() -> None:
    assert "promised is a documented code" in wrongly_told("an agent", "", [Told("socket", "OOPS", "Oops.", 0.1)], 5)[0]

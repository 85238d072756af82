"""A dialect's frames, questions and errors read in the contract's form."""

from pathlib import Path
from typing import Any

import pytest

from goldenpath.errors import TargetError, UsageError
from goldenpath.history.frame import Frame
from goldenpath.targets.dialect import CONTRACT, Dialect, load_dialect

RESULT = {"summary": "It was 12.50.", "findings": [{"metric": "total_cost"}]}


@pytest.fixture(scope="module")
def netra() -> Dialect:
    return load_dialect("netra-apex")


def read(dialect: Dialect, frame: dict[str, Any]) -> dict[str, Any]:
    assert dialect.reading is not None
    return dialect.reading("in", frame)


def test_the_contract_costs_nothing() -> None:
    assert CONTRACT.reading is None
    assert load_dialect("contract") is CONTRACT


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "system_message", "data": {"event": "connection_established", "user_id": "u1"}, "timestamp": 0.5},
        {"type": "connection_established", "data": {"user_id": "u1"}, "timestamp": 0.5},
        {"event": "connection_established", "payload": {"user_id": "u1"}, "timestamp": 0.5},
        {"payload": {"event": "connection_established", "user_id": "u1", "timestamp": 0.5}},
        {"data": {"type": "connection_established", "user_id": "u1", "timestamp": "1970-01-01T00:00:00.500Z"}},
    ],
)
def test_the_name_and_the_fields_of_an_event_stand_anywhere(netra: Dialect, frame: dict[str, Any]) -> None:
    body = read(netra, frame)
    assert (body["type"], body["user_id"], body["timestamp"]) == (
        "connection_established", "u1", "1970-01-01T00:00:00.500Z",
    )  # fmt: skip


def test_flat_and_nested_tool_events_say_the_same(netra: Dialect) -> None:
    flat = {"type": "tool_completed", "run_id": "r", "agent_name": "data", "tool_name": "t", "result": {"agent": 1}}
    nested = {"type": "tool_completed", "run_id": "r", "data": {"agent_name": "data", "tool_name": "t"}}
    nested["data"]["results"] = {"agent": 1}
    for frame in (flat, nested):
        assert read(netra, frame) == {
            "type": "tool_completed",
            "run_id": "r",
            "data": {"agent": "data", "tool_name": "t", "result": {"agent": 1}},
        }


@pytest.mark.parametrize(
    "told",
    [
        {"payload": {"result": "", "final_response": "It was 12.50."}},
        {"payload": {"response": "It was 12.50.", "report": "other"}},
        {"content": "It was 12.50."},
        {"data": {"message": "It was 12.50."}},
        {"results": {"report": "It was 12.50."}},
        {"payload": {"result": {"content": "It was 12.50."}}},
    ],
)
def test_the_answer_is_the_first_text_that_is_not_empty(netra: Dialect, told: dict[str, Any]) -> None:
    body = read(netra, {"type": "agent_completed", "run_id": "r", **told})
    assert body["data"]["result"]["summary"] == "It was 12.50."
    assert body["data"]["status"] == "completed"


def test_an_answer_with_structure_keeps_it(netra: Dialect) -> None:
    body = read(netra, {"type": "agent_completed", "payload": {"run_id": "r", "result": RESULT}})
    assert body["data"]["result"] == RESULT
    assert body["run_id"] == "r"


def test_an_answer_that_failed_is_an_error(netra: Dialect) -> None:
    body = read(netra, {"type": "agent_completed", "payload": {"status": "failed", "error": "Out of order."}})
    assert body["type"] == "agent_error"
    assert body["data"]["error"]["message"] == "Out of order."


def test_an_error_frame_reads_like_the_contracts(netra: Dialect) -> None:
    body = read(netra, {"type": "error_message", "error_code": "NO_TOKEN", "error_message": "none", "timestamp": 1})
    assert (body["type"], body["data"]["error"]) == ("error", {"code": "NO_TOKEN", "message": "none"})


@pytest.mark.parametrize("form", ["user_message", "start_agent", "chat_message", "agent_request"])
def test_a_question_is_written_and_read_again_in_each_form(netra: Dialect, form: str) -> None:
    asked = netra.questions.frame("How much?", None, "c1", form)
    assert asked["type"] == form
    assert "thread_id" not in str(asked)
    assert netra.reading
    assert netra.reading("out", asked) == {"type": "user_message", "payload": {"content": "How much?"}}


def test_the_contracts_question_is_what_it_always_was() -> None:
    assert CONTRACT.questions.frame("How much?", "t1", "c1") == {
        "type": "user_message",
        "payload": {"content": "How much?", "thread_id": "t1", "client_message_id": "c1"},
    }
    with pytest.raises(UsageError, match=r"no question of the form 'user_mesage'\. Did you mean 'user_message'"):
        CONTRACT.questions.frame("How much?", None, "c1", "user_mesage")


def test_a_recorded_frame_keeps_what_passed_the_wire(netra: Dialect) -> None:
    raw = '{"type": "error_message", "error_code": "X"}'
    frame = Frame("in", raw, netra.reading)
    assert (frame.raw, frame.type) == (raw, "error")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[calls.registr]\n", "'calls.registr' is no call. Did you mean 'register'?"),
        ("[calls.login]\npth = '/x'\n", "unknown key 'calls.login.pth'. Did you mean 'path'?"),
        ("[calls.login]\nstatuses = {ok = 200}\n", "'calls.login.statuses.ok' is no HTTP status"),
        ("[calls.threads]\npaging = 'page'\n", "'calls.threads.paging' is \"page\". Use one of: cursor, offset"),
        ("[questions.ask]\ntype = 'ask'\n", "'questions.ask' has no place for the question"),
        ("[upgrade]\ncarriers = ['cookie']\n", "'upgrade.carriers' holds 'cookie'. Use some of: header, subprotocol"),
        ("[frames]\nwraper = []\n", "unknown key 'frames.wraper'. Did you mean 'wrappers'?"),
        ("[close_codes]\nend = 1008\n", "'close_codes.end' is no close code"),
        ("not_offered = ['acc']\n", "'not_offered' names 'acc', which is no capability. Did you mean 'ack'?"),
    ],
)
def test_a_wrong_dialect_is_named_with_key_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(TargetError) as refused:
        load_dialect("mine", tmp_path)
    assert says in str(refused.value)
    assert "mine.toml" in str(refused.value)

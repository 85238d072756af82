"""What was asked ends as ok, failed or indeterminate; what was open when a fault struck is found."""

import json
from typing import Any

import pytest

from goldenpath.history.exchange import UPGRADE, Exchange, Outcome, kept_headers, outcome_of
from goldenpath.history.faults import Fault
from goldenpath.history.operations import Operation, operations
from goldenpath.history.recorder import Close, HistoryFullError, Recorder


@pytest.mark.parametrize(
    ("method", "status", "outcome"),
    [
        ("POST", 201, "ok"),
        ("GET", 304, "ok"),
        ("POST", 404, "failed"),
        ("POST", 500, "indeterminate"),
        ("DELETE", 503, "indeterminate"),
        ("GET", 500, "failed"),
        (UPGRADE, 503, "failed"),
    ],
)
def test_an_answer_tells_what_became_of_the_request(method: str, status: int, outcome: Outcome) -> None:
    assert outcome_of(method, status) == outcome


def test_headers_with_tokens_are_not_kept() -> None:
    headers = {"Authorization": "Bearer x", "Sec-WebSocket-Protocol": "jwt.x", "X-Trace-Id": "t"}
    assert kept_headers(headers) == {"x-trace-id": "t"}


def said(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": data})


def asked(message_id: str, ref: str | None = None) -> str:
    return json.dumps({"type": "user_message", "ref": ref, "payload": {"client_message_id": message_id}})


def test_questions_end_by_their_answer_on_any_socket_of_the_user() -> None:
    recorder = Recorder()
    first, second, other = (
        recorder.channel(owner, name) for owner, name in [("Ada", "one"), ("Ada", "two"), ("Ben", "x")]
    )
    for message_id, ref in [("m1", None), ("m2", None), ("m3", "r3"), ("m4", None)]:
        first.record("out", asked(message_id, ref))
    first.record("out", json.dumps({"type": "ping"}))
    first.record("in", said("message_ack", client_message_id="m1"))
    second.record("in", said("message_ack", client_message_id="m2"))
    second.record("in", said("error", ref="r3"))
    other.record("in", said("message_ack", client_message_id="m4"))
    ended = {operation.name: operation.outcome for operation in operations(recorder) if operation.kind == "send"}
    assert ended == {
        "question m1": "ok",
        "question m2": "ok",
        "question m3": "failed",
        "question m4": "indeterminate",
    }


def test_connects_and_requests_are_operations_too() -> None:
    recorder = Recorder()
    recorder.channel("Ada", "refused")
    recorder.channel("Ada", "open").record("in", said("connection_established"))
    recorder.channel("Ada", "closed").record_close(Close(1008, "", 7, "server"))
    recorder.record_exchange(Exchange("Ada", UPGRADE, "/ws", 401, 1, 2, "failed"))
    recorder.record_exchange(Exchange("Ada", "POST", "/x", None, 3, 4, "indeterminate", trouble="cut"))
    told = [(operation.kind, operation.name, operation.ended_ns is None) for operation in operations(recorder)]
    assert told == [
        ("connect", "UPGRADE /ws", False),
        ("request", "POST /x", True),
        ("connect", "open", False),
        ("connect", "closed", False),
    ]


@pytest.mark.parametrize(
    ("began", "ended", "inside"),
    [(1, 9, False), (1, 10, True), (15, 16, True), (20, 30, True), (21, 30, False), (1, None, True), (25, None, False)],
)
def test_an_operation_is_under_a_fault_when_they_overlap(began: int, ended: int | None, inside: bool) -> None:
    fault = Fault("Redis is gone", asked_ns=10, applied_ns=12, healed_ns=20)
    assert Operation("request", "Ada", "POST /x", began, ended, "ok").under(fault) is inside


def test_a_fault_lasts_until_it_is_healed() -> None:
    recorder = Recorder()
    fault = recorder.fault("Redis is gone")
    late = Operation("request", "Ada", "POST /x", fault.asked_ns + 10**12, None, "indeterminate")
    assert late.under(fault)
    fault.applied()
    fault.healed()
    assert fault.applied_ns is not None
    assert fault.healed_ns is not None
    assert fault.asked_ns <= fault.applied_ns <= fault.healed_ns
    assert not late.under(fault)
    assert recorder.faults == [fault]


def test_the_history_is_bounded_in_characters_over_everything() -> None:
    recorder = Recorder(most_frames=3, most_characters=10)
    wire = recorder.channel("ada", "socket")
    wire.record("in", "12345")
    with pytest.raises(HistoryFullError, match="5 characters of the 10 that it may hold, and one more came to POST /x"):
        recorder.record_exchange(Exchange("ada", "POST", "/x", 200, 1, 2, "ok", "123", "456"))
    recorder.record_exchange(Exchange("ada", "POST", "/x", 200, 1, 2, "ok", "12", "345"))
    with pytest.raises(HistoryFullError, match="came to ada's socket"):
        wire.record("in", "1")
    assert (len(wire.frames), len(recorder.exchanges), recorder.count, recorder.characters) == (1, 1, 2, 10)
    recorder.clear()
    assert (recorder.exchanges, recorder.count, recorder.characters) == ([], 0, 0)

import pytest
from reference_frames import AT, AT_EPOCH, RESULT, RUN, THREAD, USER, passing, stored

from sut.edge.netra_apex.events import Events
from sut.edge.netra_apex.greeting import Greeting
from sut.edge.netra_apex.marks import IN_THREAD, STORED, WITHOUT_THREAD, new_mark

RUN_FIELDS = {"run_id": RUN, "thread_id": f"thread_{THREAD}", "timestamp": AT_EPOCH}
TOOL = {"agent": "data", "step": 1, "tool_call_id": "call-1", "tool_name": "usage_query"}


@pytest.fixture
def events() -> Events:
    return Events(Greeting("development", "netra-backend-1"))


def ack(kind: str, seq: int = 1, run_id: str = RUN) -> dict:
    return stored("message_ack", seq, run_id, message_id="m", client_message_id=new_mark(kind), queued_position=0)


def test_a_socket_begins_with_a_system_message_and_the_servers_own_ping(events):
    data = {"connection_id": "c", "session_id": "s", "heartbeat_s": 15.0, "limits": {"message_bytes": 65536}}
    envelope = {"timestamp": AT_EPOCH, "server_id": "netra-backend-1", "correlation_id": "t" * 32}
    assert events.read(passing("connection_established", **data)) == [
        {
            "type": "system_message",
            "data": {
                "event": "connection_established",
                "connection_id": "c",
                "user_id": USER,
                "server_time": AT_EPOCH,
                "connection_ready": True,
                "environment": "development",
                "config": {"heartbeat_interval": 15.0, "max_message_size": 65536},
            },
            **envelope,
        },
        {"type": "ping", "data": {"timestamp": AT_EPOCH}, **envelope},
    ]


def test_a_new_thread_is_told_and_nothing_else_of_an_acknowledgement(events):
    told = {"thread_id": f"thread_{THREAD}", "timestamp": AT_EPOCH}
    assert events.read(ack(WITHOUT_THREAD)) == [{"type": "thread_created", "payload": told}]


@pytest.mark.parametrize(("kind", "seq"), [(IN_THREAD, 1), (WITHOUT_THREAD, 9)])
def test_a_thread_that_was_there_is_not_told(events, kind, seq):
    assert events.read(ack(kind, seq)) == []


def test_a_start_is_told_in_the_payload(events):
    told = events.read(stored("agent_started", 2, plan=["triage", "data"], attempt=1))
    assert told == [{"type": "agent_started", "payload": {**RUN_FIELDS, "agent_name": "triage"}}]


def test_thinking_is_flat(events):
    told = events.read(stored("agent_thinking", 3, agent="data", step=1, reasoning="I look.", progress=0.5))
    assert told == [
        {
            "type": "agent_thinking",
            "run_id": RUN,
            "timestamp": AT,
            "agent_name": "data",
            "message": "I look.",
            "user_id": USER,
        }
    ]


def test_a_tool_call_is_told_flat_or_in_data_by_its_place_and_without_its_id(events):
    flat = events.read(stored("tool_executing", 5, **TOOL, parameters={"model": "gpt-4o"}))
    nested = events.read(stored("tool_executing", 6, **TOOL, parameters={"model": "gpt-4o"}))
    told = {"agent_name": "data", "tool_name": "usage_query", "parameters": {"model": "gpt-4o"}}
    assert flat == [{"type": "tool_executing", "run_id": RUN, "timestamp": AT, **told}]
    assert nested == [{"type": "tool_executing", "run_id": RUN, "timestamp": AT, "data": told}]


def test_the_end_of_a_tool_call_names_its_result_in_two_ways(events):
    end = {**TOOL, "status": "ok", "result": {"requests": 3}, "duration_ms": 12}
    (flat,) = events.read(stored("tool_completed", 7, **end))
    (nested,) = events.read(stored("tool_completed", 8, **end))
    assert (flat["result"], flat["execution_time_ms"], flat["status"]) == ({"requests": 3}, 12, "ok")
    assert nested["data"] == {
        "agent_name": "data",
        "tool_name": "usage_query",
        "results": {"requests": 3},
        "duration": 0.012,
        "status": "ok",
    }
    assert "tool_call_id" not in str([flat, nested])


def test_an_answer_keeps_its_text_and_its_figures(events):
    (told,) = events.read(
        stored("agent_completed", 9, status="degraded", missing=["report"], duration_ms=110, result=RESULT)
    )
    assert told == {
        "type": "agent_completed",
        "payload": {
            **RUN_FIELDS,
            "status": "degraded",
            "missing": ["report"],
            "duration_ms": 110,
            "result": RESULT,
            "final_response": "You spent 12.50 USD.",
        },
    }


def test_an_answer_too_big_for_a_frame_has_no_text(events):
    (told,) = events.read(stored("agent_completed", 9, status="completed", left_out=["result"]))
    assert told["payload"]["final_response"] is None


def test_a_failure_is_an_agent_error(events):
    error = {"code": "RUN_TIMEOUT", "message": "It took too long.", "trace_id": "t"}
    (told,) = events.read(stored("agent_error", 9, error=error, recoverable=True, options=["retry"]))
    failed = {"status": "failed", "error": "It took too long.", "error_code": "RUN_TIMEOUT", "recoverable": True}
    assert told == {"type": "agent_error", "payload": {**RUN_FIELDS, **failed}}


def test_a_stopped_run_is_a_completion_that_failed(events):
    (told,) = events.read(stored("agent_stopped", 9, recoverable=True, options=[]))
    assert (told["type"], told["payload"]["status"]) == ("agent_completed", "failed")


def test_an_error_keeps_its_code_words_and_details(events):
    error = {"code": "RATE_LIMITED", "message": "Wait.", "trace_id": "t", "retry_after_s": 2, "details": {"a": 1}}
    (told,) = events.read(passing("error", error=error))
    assert isinstance(told.pop("timestamp"), float)
    assert told == {
        "type": "error_message",
        "error_code": "RATE_LIMITED",
        "error_message": "Wait.",
        "details": {"a": 1, "retry_after_s": 2},
    }


def test_a_pong_and_a_heartbeat(events):
    assert events.read(passing("pong", server_time=AT)) == [
        {"type": "pong", "data": {"timestamp": AT_EPOCH, "user_id": USER}}
    ]
    assert events.read(passing("heartbeat")) == [{"type": "heartbeat", "timestamp": AT_EPOCH}]


def test_what_the_dialect_has_no_word_for_is_not_told(events):
    assert events.read(passing("replay_complete", thread_id=THREAD, last_seq=3)) == []


def test_the_run_of_a_message_that_is_only_stored_is_not_told_and_others_are(events):
    own = [ack(STORED), stored("agent_started", 2, plan=["triage"]), stored("agent_stopped", 3)]
    assert [events.read(frame) for frame in own] == [[], [], []]
    other = "01a1fd31-ac29-73c1-80de-1ffdab3288d9"
    assert events.read(stored("agent_started", 4, other, plan=["triage"])) != []
    assert events.read(stored("agent_started", 5, plan=["triage"])) != []  # nothing is kept of a run that has ended


@pytest.mark.parametrize("kind", ["seq", "event_id", "request_id", "tool_call_id", "trace_id"])
def test_no_frame_carries_what_is_not_offered(events, kind):
    frames = [
        *events.read(ack(WITHOUT_THREAD)),
        *events.read(stored("agent_started", 2, plan=["triage"])),
        *events.read(stored("tool_executing", 5, **TOOL, parameters={})),
        *events.read(stored("agent_completed", 9, status="completed", result=RESULT)),
    ]
    assert len(frames) == 4
    assert f'"{kind}"' not in str(frames).replace("'", '"')

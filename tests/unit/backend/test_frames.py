import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sut.backend.frames import MOST_BYTES, event_frame, passing_frame
from sut.store.run_events import Event


def event() -> Event:
    return Event(
        id=uuid4(),
        user_id=uuid4(),
        thread_id=uuid4(),
        run_id=uuid4(),
        request_id=uuid4(),
        seq=7,
        type="agent_thinking",
        data={"reasoning": "Größe"},
        trace_id="a" * 32,
        created_at=datetime(2026, 11, 21, 5, 12, 1, 123000, tzinfo=UTC),
    )


def test_stored_frame() -> None:
    stored = event()
    frame = event_frame(stored)
    assert frame.type == "agent_thinking"
    assert "Größe" in frame.text
    assert json.loads(frame.text) == {
        "type": "agent_thinking",
        "event_id": str(stored.id),
        "timestamp": "2026-11-21T05:12:01.123Z",
        "user_id": str(stored.user_id),
        "trace_id": "a" * 32,
        "seq": 7,
        "thread_id": str(stored.thread_id),
        "run_id": str(stored.run_id),
        "request_id": str(stored.request_id),
        "data": {"reasoning": "Größe"},
    }


def test_what_is_added_is_in_this_copy_only() -> None:
    stored = event()
    assert json.loads(event_frame(stored, ref="r", replayed=True).text)["data"] == {
        "reasoning": "Größe",
        "ref": "r",
        "replayed": True,
    }
    assert stored.data == {"reasoning": "Größe"}


def test_passing_frame() -> None:
    user = uuid4()
    envelope = json.loads(passing_frame("pong", {"ref": "r"}, user, "b" * 32).text)
    assert set(envelope) == {"type", "event_id", "timestamp", "user_id", "trace_id", "data"}
    assert (envelope["type"], envelope["user_id"], envelope["data"]) == ("pong", str(user), {"ref": "r"})
    assert UUID(envelope["event_id"]).version == 7


def test_frame_that_would_be_too_big_leaves_out_its_biggest_fields_and_says_so() -> None:
    data = {"status": "ok", "result": {"rows": ["ü" * 600_000]}, "parameters": "p" * 1_100_000, "duration_ms": 7}
    frame = passing_frame("tool_completed", data, uuid4(), "t")
    assert frame.size == len(frame.text.encode()) <= MOST_BYTES
    told = json.loads(frame.text)
    assert told["data"] == {"status": "ok", "duration_ms": 7, "left_out": ["result", "parameters"]}
    assert told["type"] == "tool_completed"


def test_biggest_frame_is_whole() -> None:
    empty = passing_frame("x", {"text": ""}, uuid4(), "t").size
    data = {"text": "y" * (MOST_BYTES - empty)}
    frame = passing_frame("x", data, uuid4(), "t")
    assert frame.size == MOST_BYTES
    assert json.loads(frame.text)["data"] == data

"""What the server says on a socket: one envelope for every frame."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sut.common.ids import new_id
from sut.common.timing import rfc3339, utc_now
from sut.store.run_events import Event

MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is ready to be sent.

    Args:
        type: Its type.
        text: The frame as it goes over the wire.
    """

    type: str
    text: str

    @property
    def size(self) -> int:
        """Its bytes on the wire."""
        return len(self.text) if self.text.isascii() else len(self.text.encode())


def _frame(envelope: dict[str, Any]) -> Frame:
    """Write a frame; of one that would be too big the biggest fields stay out, and ``data.left_out`` names them.

    What is left out is read over REST: ``GET /api/runs/{id}`` and ``GET /api/runs/{id}/events``.
    """
    frame = Frame(envelope["type"], json.dumps(envelope, ensure_ascii=False, separators=(",", ":")))
    if frame.size <= MOST_BYTES:
        return frame
    kept = dict(envelope["data"])
    left_out = kept.pop("left_out", [])
    biggest = max(kept, key=lambda name: len(json.dumps(kept[name])))
    del kept[biggest]
    return _frame({**envelope, "data": {**kept, "left_out": [*left_out, biggest]}})


def passing_frame(kind: str, data: dict[str, Any], user_id: UUID, trace_id: str) -> Frame:
    """Make a frame that is told once and kept nowhere.

    Args:
        kind: Its type.
        data: Its data.
        user_id: Whose socket it goes to.
        trace_id: The trace that it belongs to.

    Returns:
        The frame.
    """
    envelope = {
        "type": kind,
        "event_id": str(new_id()),
        "timestamp": rfc3339(utc_now()),
        "user_id": str(user_id),
        "trace_id": trace_id,
        "data": data,
    }
    return _frame(envelope)


def event_envelope(event: Event, **added: Any) -> dict[str, Any]:
    """Give a stored frame in the form in which it is sent and listed.

    Args:
        event: The stored frame.
        **added: What this copy's data says besides: ``ref`` of a direct answer, ``replayed``.

    Returns:
        The frame as JSON values.
    """
    return {
        "type": event.type,
        "event_id": str(event.id),
        "timestamp": rfc3339(event.created_at),
        "user_id": str(event.user_id),
        "trace_id": event.trace_id,
        "seq": event.seq,
        "thread_id": str(event.thread_id),
        "run_id": str(event.run_id),
        "request_id": str(event.request_id),
        "data": {**event.data, **added},
    }


def read_event(text: str) -> Event:
    """Read a stored frame from the form in which it is sent.

    Args:
        text: As `event_frame` makes it.

    Returns:
        The stored frame.

    Raises:
        ValueError: It is none; a ``KeyError`` or ``TypeError`` says the same.
    """
    told = json.loads(text)
    return Event(
        id=UUID(told["event_id"]),
        user_id=UUID(told["user_id"]),
        thread_id=UUID(told["thread_id"]),
        run_id=UUID(told["run_id"]),
        request_id=UUID(told["request_id"]),
        seq=int(told["seq"]),
        type=told["type"],
        data=told["data"],
        trace_id=told["trace_id"],
        created_at=datetime.fromisoformat(told["timestamp"]),
    )


def event_frame(event: Event, **added: Any) -> Frame:
    """Make a stored frame ready to be sent.

    Args:
        event: The stored frame.
        **added: What this copy's data says besides: ``ref`` of a direct answer, ``replayed``.

    Returns:
        The frame.
    """
    return _frame(event_envelope(event, **added))

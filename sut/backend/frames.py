"""What the server says on a socket: one envelope for every frame."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sut.common.ids import new_id
from sut.common.timing import rfc3339, utc_now
from sut.store.run_events import Event


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is ready to be sent.

    Args:
        type: Its type.
        text: The frame as it goes over the wire.
    """

    type: str
    text: str


def _text(envelope: dict[str, Any]) -> str:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


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
    return Frame(kind, _text(envelope))


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


def event_frame(event: Event, **added: Any) -> Frame:
    """Make a stored frame ready to be sent.

    Args:
        event: The stored frame.
        **added: What this copy's data says besides: ``ref`` of a direct answer, ``replayed``.

    Returns:
        The frame.
    """
    return Frame(event.type, _text(event_envelope(event, **added)))

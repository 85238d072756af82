"""What a client says on a socket: read, checked, and never trusted to say who it is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sut.common.errors import PlatformError
from sut.common.jsontext import refuse_identity

LONGEST_REF = 64
LONGEST_CLIENT_ID = 128


@dataclass(frozen=True, slots=True)
class ClientFrame:
    """A frame in good form; what its payload must hold is its handler's business.

    Args:
        type: Its type.
        payload: ``payload``, or ``data`` of the aliases.
        ref: The client's own mark, echoed in the direct answer.
    """

    type: str
    payload: dict[str, Any]
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a user wants to know, as it came over the socket or over REST.

    Args:
        content: The question, unchanged.
        client_message_id: The client's own id: the same one twice is the same question.
        thread_id: The thread that it belongs to, when the client names one.
        traceparent: The trace that it continues.
    """

    content: str
    client_message_id: str | None
    thread_id: UUID | None = None
    traceparent: str | None = None


def ref_of(body: dict[str, Any]) -> str | None:
    """Give the client's own mark of a frame, whatever else is wrong with the frame.

    Args:
        body: The frame.

    Returns:
        Its ``ref``; ``None`` without one, or when it is not a short text.
    """
    ref = body.get("ref")
    return ref if isinstance(ref, str) and len(ref) <= LONGEST_REF else None


def read_frame(body: dict[str, Any]) -> ClientFrame:
    """Read a client's frame.

    Args:
        body: The frame.

    Returns:
        The frame.

    Raises:
        PlatformError: ``INVALID_INPUT`` for a wrong shape, or fields that only the token may decide.
    """
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise PlatformError("INVALID_INPUT", "A frame needs a type, which is a text.")
    if body.get("ref") is not None and ref_of(body) is None:
        raise PlatformError("INVALID_INPUT", f"ref is a text of at most {LONGEST_REF} characters.")
    payload = body.get("payload", body.get("data", {}))
    if not isinstance(payload, dict):
        raise PlatformError("INVALID_INPUT", "The payload of a frame is a JSON object.")
    refuse_identity(body)
    refuse_identity(payload)
    return ClientFrame(kind, payload, ref_of(body))


def read_question(payload: dict[str, Any], *, needs_client_id: bool = True) -> Question:
    """Read a question from the payload of a frame or the body of a request.

    Args:
        payload: ``content, client_message_id, thread_id?, traceparent?``.
        needs_client_id: Whether ``client_message_id`` must be there.

    Returns:
        The question.

    Raises:
        PlatformError: ``INVALID_INPUT``; ``NOT_FOUND`` for a thread id that no thread can have.
    """
    content = payload.get("content")
    if not isinstance(content, str) or not content.strip():
        raise PlatformError("INVALID_INPUT", "content is the question: a text that is not empty.")
    client_id = payload.get("client_message_id")
    if client_id is None and not needs_client_id:
        pass
    elif not isinstance(client_id, str) or not 0 < len(client_id) <= LONGEST_CLIENT_ID:
        raise PlatformError("INVALID_INPUT", f"client_message_id is a text of 1 to {LONGEST_CLIENT_ID} characters.")
    traceparent = payload.get("traceparent")
    if traceparent is not None and not isinstance(traceparent, str):
        raise PlatformError("INVALID_INPUT", "traceparent is a text.")
    thread_id = read_id(payload["thread_id"], "thread") if payload.get("thread_id") is not None else None
    return Question(content, client_id, thread_id, traceparent)


def read_id(value: Any, what: str) -> UUID:
    """Read the id of an object that should exist.

    Args:
        value: What the client gave.
        what: What it should name, for the error's words.

    Returns:
        The id.

    Raises:
        PlatformError: ``NOT_FOUND``: no object has such an id.
    """
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise PlatformError("NOT_FOUND", f"There is no such {what}.") from None

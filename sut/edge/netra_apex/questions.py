"""What clients say on the socket: a question has four forms, and few other frames mean anything."""

import json
from collections.abc import Callable
from typing import Any

from sut.common.errors import PlatformError
from sut.common.jsontext import IDENTITY_FIELDS, parse_object
from sut.edge.netra_apex.errors import error_frame, socket_code
from sut.edge.netra_apex.ids import inner_thread_id
from sut.edge.netra_apex.marks import IN_THREAD, WITHOUT_THREAD, new_mark

Body = dict[str, Any]


class Reply(Exception):  # noqa: N818 - no error: it goes back to the client instead of on to the backend
    """A frame is answered here.

    Args:
        frame: The answer; ``None``: there is none.
    """

    def __init__(self, frame: Body | None) -> None:
        super().__init__("answered here")
        self.frame = frame


def read_client(text: str) -> str:
    """Translate a client's frame.

    Args:
        text: The frame as it came.

    Returns:
        The frame for the backend behind.

    Raises:
        Reply: It is answered here.
    """
    try:
        body = parse_object(text)
    except PlatformError as error:
        code = socket_code(error.code) if error.code == "INVALID_JSON" else "FORMAT_ERROR"
        raise Reply(error_frame(code, error.message, error.details)) from None
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise Reply(error_frame("FORMAT_ERROR", "A frame needs a type, which is a text."))
    if kind == "pong":
        raise Reply(None)
    if kind == "ping":
        return json.dumps({"type": "ping"})
    if kind not in _QUESTIONS:
        raise Reply({"type": "ack", "received_type": kind, "status": "acknowledged"})
    return json.dumps(_question(body, _QUESTIONS[kind](body)), ensure_ascii=False)


def _question(body: Body, told: tuple[Any, Any, Body]) -> Body:
    content, thread, part = told
    payload: Body = {"content": content, "client_message_id": new_mark(WITHOUT_THREAD if thread is None else IN_THREAD)}
    if thread is not None:
        payload["thread_id"] = inner_thread_id(thread)
    # a client that says who it is gets the backend's own refusal
    payload |= {name: part[name] for name in IDENTITY_FIELDS & part.keys()}
    return {"type": "user_message", "payload": payload, **{name: body[name] for name in IDENTITY_FIELDS & body.keys()}}


def _part(body: Body, name: str) -> Body:
    part = body.get(name, {})
    if not isinstance(part, dict):
        raise Reply(error_frame("FORMAT_ERROR", f"The {name} of a frame is a JSON object."))
    return part


def _user_message(body: Body) -> tuple[Any, Any, Body]:
    payload = _part(body, "payload")
    return payload.get("content"), payload.get("thread_id"), payload


def _start_agent(body: Body) -> tuple[Any, Any, Body]:
    payload = _part(body, "payload")
    return payload.get("user_request"), payload.get("thread_id"), payload


def _chat_message(body: Body) -> tuple[Any, Any, Body]:
    data = _part(body, "data")
    return data.get("content"), data.get("thread_id"), data


def _agent_request(body: Body) -> tuple[Any, Any, Body]:
    return body.get("message"), body.get("thread_id"), {}


# type -> what it asks, in which thread, and the part that says so
_QUESTIONS: dict[str, Callable[[Body], tuple[Any, Any, Body]]] = {
    "user_message": _user_message,
    "start_agent": _start_agent,
    "chat_message": _chat_message,
    "agent_request": _agent_request,
}

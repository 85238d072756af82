"""One frame of each type as it should be, and every way in which it can be a little wrong."""

import copy
from collections.abc import Iterator
from typing import Any

ID = "019a9d3c-6f5e-7c3a-9d2e-2f4b8f1c0a55"
AT = "2026-11-21T05:12:01.123Z"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

# What a frame may leave out.
OPTIONAL = frozenset({"ref", "replayed", "retry", "partial_result", "retry_after_s", "details"})
# What the platform may fill as it likes.
FREE = frozenset({"parameters", "limits", "details"})
# What may be null.
NULLABLE = frozenset({"client_message_id", "total_monthly_saving", "traceparent"})

RESULT = {
    "summary": "You spent 12.50 USD on gpt-4o in May 2026.",
    "findings": [{"metric": "total_cost", "value": 12.5, "unit": "USD", "source_tool_call_id": ID}],
    "recommendations": [
        {
            "action": "switch_model",
            "model_from": "gpt-4o",
            "model_to": "gpt-4o-mini",
            "monthly_saving": 11.75,
            "currency": "USD",
            "confidence": 0.9,
        }
    ],
    "total_monthly_saving": 11.75,
    "period": {"from": "2026-05-01", "to": "2026-05-31"},
    "answer_to": ID,
}
ERROR = {"code": "RATE_LIMITED", "message": "Wait.", "trace_id": TRACE, "retry_after_s": 1.5, "details": {"a": 1}}
_PLACE = {"agent": "data", "step": 2}
_CALL = {"tool_call_id": ID, "tool_name": "usage_query"}
_END = {"recoverable": True, "options": ["retry"], "partial_result": RESULT}

_PASSING: dict[str, dict[str, Any]] = {
    "connection_established": {"connection_id": ID, "session_id": ID, "heartbeat_s": 15.0, "limits": {"runs": 4}},
    "error": {"error": ERROR, "ref": "r"},
    "pong": {"server_time": AT, "ref": "r"},
    "heartbeat": {},
    "replay_complete": {"thread_id": ID, "last_seq": 7, "ref": "r"},
}
_STORED: dict[str, dict[str, Any]] = {
    "message_ack": {
        "message_id": ID,
        "client_message_id": "c1",
        "run_id": ID,
        "queued_position": 0,
        "replayed": True,
        "ref": "r",
    },
    "agent_started": {"plan": ["triage", "data", "report"], "attempt": 1},
    "agent_thinking": {
        **_PLACE,
        "reasoning": "I fetch the figures.",
        "progress": 0.4,
        "retry": {"attempt": 1, "wait_s": 0.5, "reason": "it answered 500"},
    },
    "tool_executing": {**_PLACE, **_CALL, "parameters": {"model": None}},
    "tool_completed": {**_PLACE, **_CALL, "status": "ok", "result": None, "duration_ms": 12},
    "agent_completed": {"result": RESULT, "status": "completed", "missing": [], "duration_ms": 900},
    "agent_error": {"error": ERROR, **_END},
    "agent_stopped": {**_END},
}


def _server_frame(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "event_id": ID, "timestamp": AT, "user_id": ID, "trace_id": TRACE, "data": data}


SERVER = {kind: _server_frame(kind, data) for kind, data in _PASSING.items()} | {
    kind: {**_server_frame(kind, data), "seq": 3, "thread_id": ID, "run_id": ID, "request_id": ID}
    for kind, data in _STORED.items()
}
_QUESTION = {"content": "How much?", "client_message_id": "c1"}
CLIENT: dict[str, dict[str, Any]] = {
    "user_message": {"type": "user_message", "payload": _QUESTION},
    "chat_message": {"type": "chat_message", "data": _QUESTION},
    "stop_agent": {"type": "stop_agent", "payload": {"run_id": ID}},
    "resume": {"type": "resume", "payload": {"thread_id": ID, "after_seq": 0}},
    "ping": {"type": "ping", "payload": {}},
}
CLIENT = {kind: {**frame, "ref": "r"} for kind, frame in CLIENT.items()}


def spoiled(frame: dict[str, Any], optional: frozenset[str] = OPTIONAL) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give copies of a good frame, each with one field missing, of another type, or too many.

    Args:
        frame: The good frame.
        optional: Fields that may be missing.

    Returns:
        What was done, and the copy.
    """
    for path in _places(frame, ()):
        name = path[-1] if path else ""
        value = _at(frame, path)
        if isinstance(value, dict) and name not in FREE:
            yield f"unknown field in {path}", _changed(frame, (*path, "surprise"), 1)
        if not path:
            continue
        if isinstance(name, str) and name not in optional:
            yield f"without {path}", _without(frame, path)
        yield f"another type at {path}", _changed(frame, path, {} if isinstance(value, list) else [])
        if name not in NULLABLE and value is not None:
            yield f"null at {path}", _changed(frame, path, None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"text for the number at {path}", _changed(frame, path, str(value))


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    if path and path[-1] in FREE:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _at(frame: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        frame = frame[key]
    return frame


def _changed(frame: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copied = copy.deepcopy(frame)
    _at(copied, path[:-1])[path[-1]] = value
    return copied


def _without(frame: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    copied = copy.deepcopy(frame)
    del _at(copied, path[:-1])[path[-1]]
    return copied

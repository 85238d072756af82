"""What the backend behind says on the socket, frame by frame in the dialect's words."""

from collections.abc import Callable
from typing import Any

from sut.edge.netra_apex.errors import error_frame, socket_code
from sut.edge.netra_apex.greeting import Greeting
from sut.edge.netra_apex.ids import outer_thread_id
from sut.edge.netra_apex.marks import STORED, WITHOUT_THREAD, kind_of
from sut.edge.netra_apex.times import epoch

Body = dict[str, Any]
TERMINALS = ("agent_completed", "agent_error", "agent_stopped")
MS_PER_S = 1000


class Events:
    """The frames of one socket.

    Args:
        greeting: Writes the first ones.
    """

    def __init__(self, greeting: Greeting) -> None:
        self._greeting = greeting
        self._silent: set[str] = set()

    def read(self, frame: Body) -> list[Body]:
        """Translate one frame of the backend.

        Args:
            frame: The frame.

        Returns:
            What the client is told, in this order; often one frame, of some frames nothing.
        """
        if self._is_silent(frame):
            return []
        match frame["type"]:
            case "connection_established":
                return self._greeting.frames(frame)
            case "message_ack":
                return _thread_created(frame)
            case kind if kind in _EVENTS:
                return [_EVENTS[kind](frame)]
        return []

    def _is_silent(self, frame: Body) -> bool:
        """Tell whether a frame belongs to a message that was only to be stored."""
        run_id = frame.get("run_id")
        if run_id is None:
            return False
        if frame["type"] == "message_ack" and kind_of(frame["data"]["client_message_id"]) == STORED:
            self._silent.add(run_id)
        silent = run_id in self._silent
        if frame["type"] in TERMINALS:
            self._silent.discard(run_id)
        return silent


def _thread_created(frame: Body) -> list[Body]:
    """Tell of a new thread: the first frame of a thread that its question did not name."""
    if frame["seq"] != 1 or kind_of(frame["data"]["client_message_id"]) != WITHOUT_THREAD:
        return []
    told = {"thread_id": outer_thread_id(frame["thread_id"]), "timestamp": epoch(frame["timestamp"])}
    return [{"type": "thread_created", "payload": told}]


def _run(frame: Body) -> Body:
    thread_id, timestamp = outer_thread_id(frame["thread_id"]), epoch(frame["timestamp"])
    return {"run_id": frame["run_id"], "thread_id": thread_id, "timestamp": timestamp}


def _agent_started(frame: Body) -> Body:
    return {"type": "agent_started", "payload": {**_run(frame), "agent_name": frame["data"]["plan"][0]}}


def _agent_thinking(frame: Body) -> Body:
    data = frame["data"]
    return {
        "type": "agent_thinking",
        "run_id": frame["run_id"],
        "timestamp": frame["timestamp"],
        "agent_name": data["agent"],
        "message": data["reasoning"],
        "user_id": frame["user_id"],
    }


def _tool(frame: Body, flat: Body, nested: Body) -> Body:
    """Write a tool event in one of its two forms: which one, the frame's place in its thread decides."""
    told = {"type": frame["type"], "run_id": frame["run_id"], "timestamp": frame["timestamp"]}
    agent = {"agent_name": frame["data"]["agent"], "tool_name": frame["data"]["tool_name"]}
    return {**told, **agent, **flat} if frame["seq"] % 2 else {**told, "data": {**agent, **nested}}


def _tool_executing(frame: Body) -> Body:
    parameters = {"parameters": frame["data"].get("parameters")}
    return _tool(frame, parameters, parameters)


def _tool_completed(frame: Body) -> Body:
    data = frame["data"]
    result = data.get("result")  # a result that is too big for a frame is left out of it
    flat = {"result": result, "execution_time_ms": data["duration_ms"], "status": data["status"]}
    nested = {"results": result, "duration": data["duration_ms"] / MS_PER_S, "status": data["status"]}
    return _tool(frame, flat, nested)


def _agent_completed(frame: Body) -> Body:
    data = frame["data"]
    told = {name: data[name] for name in ("status", "missing", "duration_ms", "result") if name in data}
    summary = data.get("result", {}).get("summary")
    return {"type": "agent_completed", "payload": {**_run(frame), **told, "final_response": summary}}


def _agent_error(frame: Body) -> Body:
    data = frame["data"]
    error = data["error"]
    told = {"status": "failed", "error": error["message"], "error_code": error["code"]}
    kept = {name: data[name] for name in ("recoverable", "partial_result") if name in data}
    return {"type": "agent_error", "payload": {**_run(frame), **told, **kept}}


def _agent_stopped(frame: Body) -> Body:
    """Write the end of a run whose thread was deleted: the dialect has no stop, only completions that failed."""
    return {"type": "agent_completed", "payload": {**_run(frame), "status": "failed", "error": "The run was stopped."}}


def _pong(frame: Body) -> Body:
    told = {"timestamp": epoch(frame["data"]["server_time"]), "user_id": frame["user_id"]}
    return {"type": "pong", "data": told}


def _heartbeat(frame: Body) -> Body:
    return {"type": "heartbeat", "timestamp": epoch(frame["timestamp"])}


def _error(frame: Body) -> Body:
    error = frame["data"]["error"]
    details = dict(error.get("details") or {})
    if "retry_after_s" in error:
        details["retry_after_s"] = error["retry_after_s"]
    return error_frame(socket_code(error["code"]), error["message"], details)


_EVENTS: dict[str, Callable[[Body], Body]] = {
    "agent_started": _agent_started,
    "agent_thinking": _agent_thinking,
    "tool_executing": _tool_executing,
    "tool_completed": _tool_completed,
    "agent_completed": _agent_completed,
    "agent_error": _agent_error,
    "agent_stopped": _agent_stopped,
    "pong": _pong,
    "heartbeat": _heartbeat,
    "error": _error,
}

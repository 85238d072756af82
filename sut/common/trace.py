"""The trace in which the running task works (W3C trace context)."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")

trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


def new_trace_id() -> str:
    """Start a trace.

    Returns:
        32 lower-case hexadecimal digits.
    """
    return secrets.token_hex(16)


def current_trace_id() -> str:
    """Give the trace of the running task; a task without one gets a new one.

    Returns:
        32 lower-case hexadecimal digits.
    """
    current = trace_id.get()
    if current is None:
        current = new_trace_id()
        trace_id.set(current)
    return current


def parse_traceparent(text: str) -> str | None:
    """Read the trace id out of a ``traceparent``.

    Args:
        text: The header's value, or what a client sent in its place.

    Returns:
        The trace id; ``None`` when the text is not a valid ``traceparent``.
    """
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None:
        return None
    version, trace, span, rest = match.groups()
    if version == "ff" or (version == "00" and rest) or not trace.strip("0") or not span.strip("0"):
        return None
    return trace


def traceparent() -> str:
    """Write the ``traceparent`` header for a call to another service.

    Returns:
        The header's value: the current trace, and a new span for the call.
    """
    return f"00-{current_trace_id()}-{secrets.token_hex(8)}-01"

"""One frame as it passed the wire, with the moment at which it did."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

Direction = Literal["in", "out"]
Reading = Callable[[Direction, dict[str, Any]], dict[str, Any]]


class Frame:
    """A frame: its moment, its direction, its text as it was, and its JSON when somebody asks.

    Args:
        direction: ``in`` from the platform, ``out`` to it.
        raw: The text (or the bytes of a binary frame) as it passed the wire.
        reading: Reads it in the contract's form, for platforms that talk otherwise; ``None``: it is in it already.

    Attributes:
        at_ns: `time.monotonic_ns` when the frame was received or was about to be sent, taken before any parsing.
    """

    __slots__ = ("_body", "_malformed", "_reading", "at_ns", "direction", "raw")

    def __init__(self, direction: Direction, raw: str | bytes, reading: Reading | None = None) -> None:
        self.at_ns = time.monotonic_ns()
        self.direction = direction
        self.raw = raw
        self._reading = reading
        self._body: dict[str, Any] | None = None
        self._malformed = False

    @property
    def body(self) -> dict[str, Any]:
        """The frame as a JSON object in the contract's form, ``{}`` if it is none; parsed once, at the first look."""
        if self._body is None:
            parsed = self.read()
            self._malformed = parsed is None
            self._body = parsed or {}
        return self._body

    def read(self) -> dict[str, Any] | None:
        """Read the frame without keeping what was read: for who looks at very many frames once.

        Returns:
            The JSON object, ``None`` if the frame is none.
        """
        try:
            parsed = json.loads(self.raw)
        except (ValueError, RecursionError):
            return None
        if not isinstance(parsed, dict):
            return None
        return parsed if self._reading is None else self._reading(self.direction, parsed)

    def received_at(self) -> datetime:
        """Give the moment by this machine's clock on the wall, for comparison with a moment that the platform tells.

        Returns:
            The moment in UTC; right as long as the clock was not set meanwhile.
        """
        return datetime.fromtimestamp((time.time_ns() - time.monotonic_ns() + self.at_ns) / 1e9, UTC)

    @property
    def malformed(self) -> bool:
        """Whether the frame is no JSON object."""
        return not self.body and self._malformed

    @property
    def type(self) -> str:
        """The name of the event, empty if the frame has none."""
        return self._text("type") or ""

    @property
    def data(self) -> dict[str, Any]:
        """The event's own fields, ``{}`` if it has none."""
        data = self.body.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def seq(self) -> int | None:
        """The frame's number in its thread; only stored frames have one."""
        seq = self.body.get("seq")
        return seq if isinstance(seq, int) and not isinstance(seq, bool) else None

    @property
    def run_id(self) -> str | None:
        """The run that the frame belongs to."""
        return self._text("run_id")

    @property
    def thread_id(self) -> str | None:
        """The thread that the frame belongs to."""
        return self._text("thread_id")

    def _text(self, name: str) -> str | None:
        value = self.body.get(name)
        return value if isinstance(value, str) else None

    def __repr__(self) -> str:
        return f"<Frame {self.direction} {self.type or 'without a type'}, {len(self.raw)} characters>"

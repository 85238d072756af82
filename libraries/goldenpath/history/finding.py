"""A finding: one promise that a history shows broken, in words that somebody can act on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found.

    Args:
        rule: The rule's name.
        user: Whose history shows it.
        place: Where: the connection, the request or the row.
        text: What was seen.
        at_ns: `time.monotonic_ns` of the moment; ``None`` where there is none.
        trace_id: By which the platform's own log tells of it.
        promise: What is promised, in one sentence.
        after_s: Seconds from the opening of the connection to the moment; ``None`` away from connections.
    """

    rule: str
    user: str
    place: str
    text: str
    at_ns: int | None = None
    trace_id: str | None = None
    promise: str = ""
    after_s: float | None = None

    def __str__(self) -> str:
        where = f"{self.user}, {self.place}" if self.place else self.user
        when = "" if self.after_s is None else f", {self.after_s:.3f} s after it was opened"
        trace = f" [trace {self.trace_id}]" if self.trace_id else ""
        promised = f" Promised: {self.promise}" if self.promise else ""
        return f"{self.rule}: {self.text} ({where}{when}){trace}.{promised}"

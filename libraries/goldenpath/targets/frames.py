"""Frames in a dialect: how an event reads in the contract's form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from goldenpath.targets.checked import Section
from goldenpath.targets.errors import ErrorReading
from goldenpath.targets.paths import EMPTY, at, first

Body = dict[str, Any]

# What stands in a frame itself; everything else is the event's own and stands in `data`.
ENVELOPE = ("event_id", "timestamp", "user_id", "trace_id", "seq", "thread_id", "run_id", "request_id", "replayed")
NAMES = ("type", "event", "data.event", "data.type", "payload.event")
PARTS = ("", "payload", "data")
ANSWER = ("result", "final_response", "response", "content", "message", "report")
ANSWER_PLACES = ("", "payload", "data", "results")


@dataclass(frozen=True, slots=True)
class FrameReading:
    """Reads frames from the platform.

    Args:
        names: Where the event's name may stand, best first.
        wrappers: Names that say nothing: the next place counts.
        renamed: The contract's name of an event, by the platform's.
        parts: Where an event's fields may stand, best first; the empty path is the frame itself.
        fields: Names under which a field may stand, best first, by the contract's name.
        fields_of: The same for one event only, by the contract's name of the event.
        answer: Names under which an answer's text may stand, best first.
        answer_places: Where those names may stand, best first.
        failed: What ``status`` says of an `agent_completed` that is none.
        errors: Where errors say what they have to say.
    """

    names: tuple[str, ...]
    wrappers: frozenset[str]
    renamed: Mapping[str, str]
    parts: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    fields_of: Mapping[str, Mapping[str, tuple[str, ...]]]
    answer: tuple[str, ...]
    answer_places: tuple[str, ...]
    failed: frozenset[str]
    errors: ErrorReading

    @classmethod
    def described(cls, section: Section, errors: ErrorReading) -> "FrameReading":
        """Read how frames differ from the contract's.

        Args:
            section: The table ``frames``.
            errors: Where errors say what they have to say.

        Returns:
            The reading.

        Raises:
            TargetError: A key is unknown or a value is of the wrong type.
        """
        reading = cls(
            names=section.texts("names", NAMES),
            wrappers=frozenset(section.texts("wrappers")),
            renamed=section.table("renamed").words(),
            parts=section.texts("parts", PARTS),
            fields=section.table("fields").lists(),
            fields_of={name: table.lists() for name, table in section.table("fields_of").tables().items()},
            answer=section.texts("answer", ANSWER),
            answer_places=section.texts("answer_places", ANSWER_PLACES),
            failed=frozenset(section.texts("failed")),
            errors=errors,
        )
        section.close()
        return reading

    def read(self, frame: Body) -> Body:
        """Read a frame.

        Args:
            frame: As it passed the wire.

        Returns:
            The same in the contract's form.
        """
        name = self._name(frame)
        kind = self.renamed.get(name, name)
        own = self._own_fields(frame, kind)
        if kind == "agent_completed" and str(own.get("status")) in self.failed:
            kind = "agent_error"
        if kind in ("error", "agent_error"):
            own["error"] = self._error(frame)
        if kind == "agent_completed":
            own["result"] = self._answer(frame)
            own.setdefault("status", "completed")
        envelope = {field: own.pop(field) for field in ENVELOPE if field in own}
        if "timestamp" in envelope:
            envelope["timestamp"] = rfc3339(envelope["timestamp"])
        return {"type": kind, **envelope, "data": own}

    def _name(self, frame: Body) -> str:
        found = (at(frame, path) for path in self.names)
        return next((name for name in found if isinstance(name, str) and name and name not in self.wrappers), "")

    def _own_fields(self, frame: Body, kind: str) -> Body:
        """Collect what the event says, wherever it stands, under the contract's names."""
        places = {path.partition(".")[0] for path in self.parts} | {"type"}
        found: Body = {}
        for part in (at(frame, path) for path in self.parts):
            for name, value in part.items() if isinstance(part, dict) else ():
                if value is not None and not (part is frame and name in places):
                    found.setdefault(name, value)
        for name, sources in {**self.fields, **self.fields_of.get(kind, {})}.items():
            value = first(found, sources)
            for source in sources:
                found.pop(source, None)
            if value is not None:
                found[name] = value
        return found

    def _answer(self, frame: Body) -> Body:
        """Give the answer: its text, and what else the platform says in its place."""
        found = list(self._answers(frame))
        structured = next((value for value in found if isinstance(value, dict)), {})
        text = next((text for value in found if (text := self._text(value))), "")
        return {**structured, "summary": text}

    def _answers(self, frame: Body) -> Iterator[Any]:
        for name in self.answer:
            for place in self.answer_places:
                part = at(frame, place)
                value = part.get(name) if isinstance(part, dict) else None
                if value not in EMPTY:
                    yield value

    def _text(self, value: Any) -> str:
        if isinstance(value, dict):
            return next((text for name in ("summary", *self.answer) if (text := self._text(value.get(name)))), "")
        return value if isinstance(value, str) else ""

    def _error(self, frame: Body) -> Body:
        parts = [part for path in self.parts if isinstance(part := at(frame, path), dict)]
        errors = [self.errors.error(part) for part in parts]
        return {name: value for error in reversed(errors) for name, value in error.items()}


def rfc3339(told: Any) -> Any:
    """Write a moment as the contract does.

    Args:
        told: Seconds since 1970, or a text.

    Returns:
        RFC 3339 in UTC for seconds; a text stays as it is.
    """
    if isinstance(told, bool) or not isinstance(told, int | float):
        return told
    return datetime.fromtimestamp(told, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Of a process's log the lines about a failure: those with its trace, and those of its moment."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_LINES = 40
MOST_LINES_READ = 20_000
MOST_CHARACTERS = 500

_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+")
_VALKEY = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Lines of one process.

    Args:
        lines: As the process wrote them, oldest first.
        with_trace: How many of those that were found carry a wanted trace.
        left_out: How many more were found.
    """

    lines: Sequence[str]
    with_trace: int
    left_out: int

    def caption(self, process: str) -> str:
        """Say what was found.

        Args:
            process: The process's name.

        Returns:
            One line.
        """
        found = len(self.lines) + self.left_out
        told = f"{process}: {found} line{'s' if found != 1 else ''}, {self.with_trace} with the trace"
        return f"{told}; the last {len(self.lines)} are shown" if self.left_out else told


def choose(lines: Sequence[str], traces: Collection[str], begin: datetime, end: datetime) -> Chosen:
    """Choose the lines that tell of a failure.

    Args:
        lines: A process's log.
        traces: Ids that it may be found by.
        begin: The moment it may have begun.
        end: The moment it was seen.

    Returns:
        Lines with one of the traces, and lines between the two moments; a line without a moment of its own, as of a
        traceback, belongs to the line before it.
    """
    found, with_trace, of_moment = [], 0, False
    for line in lines[-MOST_LINES_READ:]:
        moment = moment_of(line)
        if moment is not None:
            of_moment = begin <= moment <= end
        traced = any(trace in line for trace in traces)
        with_trace += traced
        if traced or of_moment:
            found.append(line)
    kept = found[-MOST_LINES:]
    return Chosen(kept, with_trace, len(found) - len(kept))


def error_in_short(line: str) -> str:
    """Say in one sentence what a log line says with a traceback.

    Args:
        line: ``service: {JSON}``, or any other line.

    Returns:
        The service, the message, the last line of the exception and the trace; a line that is no JSON as it is, cut.
    """
    service, _, text = line.partition(": ")
    try:
        told = json.loads(text)
        short = f"{service}: {told['message']}"
    except (ValueError, KeyError, TypeError):
        return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]} …"
    exception = str(told.get("exception") or "").strip().rpartition("\n")[2]
    trace = f" [trace {told['trace_id']}]" if told.get("trace_id") else ""
    return f"{short}{f' ({exception})' if exception else ''}{trace}"


def moment_of(line: str) -> datetime | None:
    """Read when a line was written.

    Args:
        line: JSON with ``time``, or a line of PostgreSQL or Valkey.

    Returns:
        The moment, ``None`` if the line tells none.
    """
    if line.startswith("{"):
        try:
            moment = datetime.fromisoformat(json.loads(line)["time"])
        except (ValueError, KeyError, TypeError):
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if found := _ISO.search(line[:40]):
        return datetime.fromisoformat(f"{found.group()}+00:00")
    if found := _VALKEY.search(line[:60]):
        return datetime.strptime(found.group(), "%d %b %Y %H:%M:%S.%f").astimezone()  # Valkey writes local time
    return None

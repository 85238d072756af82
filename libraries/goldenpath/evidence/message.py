"""The labelled lines at the end of a failed test's message: when, limit, business value, trace, how to see it again."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from goldenpath.errors import UsageError
from goldenpath.limits import limit
from goldenpath.limits.book import Limit

_LIMIT = re.compile(r"\blimit-\w+")
_BUSINESS_VALUE = re.compile(r"Business value:\s*(.+?)\s*(?:\n\s*\n|\Z)", re.DOTALL)


def when_line(at: datetime, after: str) -> str:
    """Tell when it happened.

    Args:
        at: The moment in UTC.
        after: How long it was after something, with what; may be empty.

    Returns:
        ``When: …``
    """
    clock = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"When: {after}, at {clock}" if after else f"When: {clock}"


def limit_lines(message: str) -> list[str]:
    """Tell the figures of the limits that a message names.

    Args:
        message: Of a failed test.

    Returns:
        One ``Limit: …`` for each.
    """
    return [f"Limit: {_figures(known)}" for known in _limits_in(message)]


def value_line(documentation: str) -> str | None:
    """Tell what the test is worth.

    Args:
        documentation: The test's.

    Returns:
        ``Business value: …``, ``None`` where the documentation tells none.
    """
    found = _BUSINESS_VALUE.search(documentation)
    return f"Business value: {' '.join(found[1].split())}" if found else None


def trace_line(traces: Mapping[str, str]) -> str | None:
    """Tell by which ids the platform's log is searched.

    Args:
        traces: What each id belongs to.

    Returns:
        ``Trace: …``, ``None`` without any.
    """
    if not traces:
        return None
    return "Trace: " + "; ".join(f"{trace} ({what})" for trace, what in traces.items())


def _limits_in(message: str) -> Iterator[Limit]:
    for name in dict.fromkeys(_LIMIT.findall(message)):
        try:
            yield limit(name)
        except UsageError:
            continue  # what looks like a limit's id may be a word of the platform


def _figures(known: Limit) -> str:
    figures = [
        f"{name} = {value:g}"
        for name, value in known.values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    measured = known.values.get("measured")
    return f"{known.id}, {', '.join(figures)}" + (f" ({measured})" if measured else "")

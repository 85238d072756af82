"""Times: the dialect counts seconds since 1970 in most places."""

from datetime import UTC, datetime

from sut.common.timing import rfc3339 as as_text


def epoch(rfc3339: str) -> float:
    """Write a time of the reference as a number.

    Args:
        rfc3339: For example ``2026-11-21T05:12:01.123Z``.

    Returns:
        Seconds since 1970.
    """
    return datetime.fromisoformat(rfc3339).timestamp()


def moment(seconds: float) -> str:
    """Write a token's time as text.

    Args:
        seconds: Since 1970.

    Returns:
        RFC 3339.
    """
    return as_text(datetime.fromtimestamp(seconds, UTC))

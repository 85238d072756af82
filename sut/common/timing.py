"""Clock and pauses: the platform's only place that sleeps."""

import asyncio
from datetime import UTC, datetime


async def pause(seconds: float) -> None:
    """Let other work go on for a while.

    Args:
        seconds: How long, in seconds.
    """
    await asyncio.sleep(seconds)


def utc_now() -> datetime:
    """Give the time of day.

    Returns:
        Now, in UTC, cut to milliseconds: what is stored is what the wire shows.
    """
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def rfc3339(moment: datetime) -> str:
    """Write a moment as it stands in frames and answers.

    Args:
        moment: A time with a time zone.

    Returns:
        For example ``2026-11-21T05:12:01.123Z``.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

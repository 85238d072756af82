"""The suite's one way to wait for something that nobody announces: look again until a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from goldenpath.errors import PromiseBroken

T = TypeVar("T")

_CLOSE_ENOUGH_S = 0.001


class NotYet(Exception):  # noqa: N818 - it is no error, it is an answer
    """Raised by a probe to say what it saw instead, for example ``NotYet("2 of 3 rows")``."""


async def until(
    probe: Callable[[], Awaitable[T | None]],
    *,
    within_s: float,
    every_s: float = 0.02,
    what: str,
    ignoring: tuple[type[Exception], ...] = (),
) -> T:
    """Look again and again, and give the first thing that is seen.

    Args:
        probe: One look. ``None`` and `NotYet` mean not yet; anything else is the answer.
        within_s: Seconds from now after which it counts as not happened. A look that still runs then is cancelled.
        every_s: Seconds between the end of a look and the next one.
        what: What is waited for, as the beginning of a sentence: ``the row of run 7``.
        ignoring: Exceptions of the probe that mean not yet as well; the last one is told in the failure.

    Returns:
        The first answer that is not ``None``.

    Raises:
        PromiseBroken: It was not seen in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    last_seen = "nothing"
    while True:
        try:
            async with asyncio.timeout_at(deadline) as limit:
                answer = await probe()
            if answer is not None:
                return answer
            last_seen = "nothing"
        except NotYet as seen:
            last_seen = str(seen)
        except TimeoutError as error:
            if limit.expired():
                last_seen += " (the last look had not ended)"
            elif isinstance(error, ignoring):
                last_seen = _told(error)
            else:
                raise
        except ignoring as error:
            last_seen = _told(error)
        left_s = deadline - loop.time()
        if left_s < _CLOSE_ENOUGH_S:
            raise PromiseBroken(f"{what} did not happen within {within_s:g} s; last seen: {last_seen}")
        # Half of what is left at most: so there is a look shortly before the deadline, whatever the interval.
        await asyncio.sleep(min(every_s, left_s / 2))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

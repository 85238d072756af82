"""Actions released at the same moment, with the real spread of their beginnings."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from goldenpath.errors import PromiseBroken

T = TypeVar("T")


class ActionsFailed(PromiseBroken):
    """Some of the actions released together failed.

    Args:
        failures: What each failed one raised, by its place in the list of actions (from 0).
        count: How many actions there were.
    """

    def __init__(self, failures: dict[int, BaseException], count: int) -> None:
        self.failures = failures
        told = "; ".join(f"action {place + 1}: {error or type(error).__name__}" for place, error in failures.items())
        super().__init__(f"{len(failures)} of {count} simultaneous actions failed: {told}")


@dataclass(frozen=True, slots=True)
class Release(Generic[T]):
    """What came of actions that were released together.

    Args:
        results: One for each action, in the order of the actions.
        released_ns: `time.monotonic_ns` when the first action began.
        spread_ms: Milliseconds between the beginnings of the first and the last action.
    """

    results: list[T]
    released_ns: int
    spread_ms: float


async def at_the_same_time(actions: Sequence[Callable[[], Awaitable[T]]]) -> Release[T]:
    """Release actions together from one barrier, and wait for all of them.

    Args:
        actions: What to do, each prepared as far as it can be before the release.

    Returns:
        The results and how simultaneous it was.

    Raises:
        ActionsFailed: At least one failed; all others have ended as well.
    """
    if not actions:
        return Release([], time.monotonic_ns(), 0.0)
    barrier = asyncio.Barrier(len(actions))
    began_ns: list[int] = []

    async def act(action: Callable[[], Awaitable[T]]) -> T:
        await barrier.wait()
        began_ns.append(time.monotonic_ns())
        return await action()

    results: list[T] = []
    failures: dict[int, BaseException] = {}
    outcomes = await asyncio.gather(*(act(action) for action in actions), return_exceptions=True)
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, BaseException):
            failures[place] = outcome
        else:
            results.append(outcome)
    if failures:
        raise ActionsFailed(failures, len(actions)) from next(iter(failures.values()))
    return Release(results, min(began_ns), (max(began_ns) - min(began_ns)) / 1e6)

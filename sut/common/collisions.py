"""Transactions that collide with others: each is done again, a few times, before anybody is told."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sut.common.errors import PlatformError
from sut.common.timing import pause

RETRIES = 3
_LONGEST_PAUSE_S = 0.05

T = TypeVar("T")


class CollidedError(PlatformError):
    """PostgreSQL has undone a transaction because of another one (SQLSTATE 40001, 40P01): it can be done again."""


async def repeating(work: Callable[[], Awaitable[T]]) -> T:
    """Do work that is one transaction, and again when it collides.

    Args:
        work: Leaves nothing behind when it collides.

    Returns:
        What it returned.

    Raises:
        PlatformError: ``SERVICE_UNAVAILABLE``: it has collided once and in each of `RETRIES` repetitions.
    """
    for number in range(1, RETRIES + 1):
        try:
            return await work()
        except CollidedError:
            # whoever collided once must not do so again in the same step
            await pause(random.uniform(0, number * _LONGEST_PAUSE_S))  # noqa: S311 - no secret
    try:
        return await work()
    except CollidedError as error:
        raise PlatformError(error.code, error.message, error.retry_after_s) from error


def gave_up(error: PlatformError) -> bool:
    """Tell a database that is busy from one that is away.

    Args:
        error: What `repeating` raised.

    Returns:
        Whether work was given up because it had collided too often.
    """
    return isinstance(error.__cause__, CollidedError)

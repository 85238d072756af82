"""Transactions that collide with others: each is done again, a few times, before anybody is told."""

import random
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from starlette.routing import Route

from sut.common.errors import PlatformError
from sut.common.timing import pause

RETRIES = 3
_LONGEST_PAUSE_S = 0.05

P = ParamSpec("P")
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


def repeated(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Make a function that `repeating` does, for a route whose transactions may all be done again.

    Args:
        work: The function.

    Returns:
        The same, patient with collisions.
    """

    @wraps(work)
    async def patient(*args: P.args, **kwargs: P.kwargs) -> T:
        return await repeating(lambda: work(*args, **kwargs))

    return patient


def patient_routes(routes: Iterable[Route]) -> list[Route]:
    """Make routes whose transactions are done again when they collide.

    Args:
        routes: Each may be done again from its beginning, as long as its first transaction to collide was undone.

    Returns:
        The same routes, patient with collisions.
    """
    return [Route(route.path, repeated(route.endpoint), methods=list(route.methods or ())) for route in routes]

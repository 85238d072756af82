"""When to send: settled before, from a seed, so that a slow platform cannot slow down the asking."""

import random


def steady(rate: float, duration_s: float) -> list[float]:
    """Give equally spaced moments.

    Args:
        rate: How many a second.
        duration_s: Seconds.

    Returns:
        Seconds from the beginning, ascending.
    """
    return [number / rate for number in range(int(rate * duration_s))]


def by_chance(rate: float, duration_s: float, seed: int) -> list[float]:
    """Give the moments of users who do not know of each other (a Poisson process).

    Args:
        rate: How many a second, on average.
        duration_s: Seconds.
        seed: Settles them; tell it with the result.

    Returns:
        Seconds from the beginning, ascending.
    """
    chance = random.Random(seed)  # noqa: S311 - nobody must not guess it
    moments: list[float] = []
    moment = chance.expovariate(rate)
    while moment < duration_s:
        moments.append(moment)
        moment += chance.expovariate(rate)
    return moments

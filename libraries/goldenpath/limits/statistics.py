"""The few statistics that verdicts need: nearest rank, and what so many observations can prove at 95 %."""

import math
from collections.abc import Sequence

# One-sided: a promise is called kept when the chance to see this much by luck is at most 5 %.
RISK = 0.05


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """Give a percentile without interpolation: the smallest value that at least so many percent do not exceed.

    Args:
        ordered: The values, ascending; infinity for what never came.
        percent: 0 to 100.

    Returns:
        One of the values; not a number if there are none.
    """
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(round(percent / 100 * len(ordered), 9)) - 1)]


def chance_of_at_most(events: int, n: int, rate: float) -> float:
    """Give the chance that at most so many of n independent trials show an event.

    Args:
        events: How many.
        n: Trials.
        rate: The chance of the event in one trial, 0 to 1.

    Returns:
        The binomial probability, 0 to 1.
    """
    if events >= n or rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    log_rate, log_rest, log_n = math.log(rate), math.log1p(-rate), math.lgamma(n + 1)
    return math.fsum(
        math.exp(log_n - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_rate + (n - k) * log_rest)
        for k in range(events + 1)
    )


def smallest_n(rate: float, events: int = 0) -> int:
    """Give how many trials it takes to prove that an event is rarer than a rate, having seen so many of them.

    Args:
        rate: For example 0.05, to claim a 95th percentile.
        events: How many were seen.

    Returns:
        The number of trials: for 0.05 and no event 59, for 0.01 299.
    """
    low, high = events + 1, max(2, events + 1)
    while chance_of_at_most(events, high, rate) > RISK:
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        if chance_of_at_most(events, middle, rate) <= RISK:
            high = middle
        else:
            low = middle + 1
    return low


def highest_rate(events: int, n: int) -> float:
    """Give the highest rate of an event that these observations do not refute: what they prove it to be below.

    Args:
        events: How many were seen.
        n: In how many trials.

    Returns:
        0 to 1; for no event in n close to 3/n.
    """
    if events >= n:
        return 1.0
    low, high = events / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if chance_of_at_most(events, n, middle) <= RISK:
            high = middle
        else:
            low = middle
    return high

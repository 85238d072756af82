"""The one assertion about figures: measurements and a limit give *kept*, *broken*, *degraded* or *unproven*."""

import math
from dataclasses import dataclass
from enum import StrEnum

from goldenpath.errors import UsageError
from goldenpath.limits.book import Bound, Limit
from goldenpath.limits.samples import Durations, Outcomes, Slope
from goldenpath.limits.statistics import RISK, chance_of_at_most, highest_rate, nearest_rank, smallest_n

# One sample beyond a maximum refutes it; fewer than these do not show that it is kept.
FEWEST_FOR_MAXIMUM = 5
FEWEST_FOR_SLOPE = 3


class Verdict(StrEnum):
    """What measurements say about a limit, from the worst to the best."""

    BROKEN = "broken"
    DEGRADED = "degraded"
    UNPROVEN = "unproven"
    KEPT = "kept"


ORDER = list(Verdict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on one figure of a limit.

    Args:
        limit_id: For example ``limit-first_event``.
        bound: The figure.
        verdict: What the measurements say.
        n: How many observations there were.
        value: The measured figure, in the bound's unit; infinite when what it needs never ended.
        why: The reason, when the verdict is not kept, and what was proven when it is.
    """

    limit_id: str
    bound: Bound
    verdict: Verdict
    n: int
    value: float
    why: str

    def __str__(self) -> str:
        return (
            f"{self.limit_id} {self.bound.name}: {self.verdict}, {_figure(self.value, self.bound.unit)}"
            f" (limit {_figure(self.bound.value, self.bound.unit)}, n = {self.n}; {self.why})"
        )


Measured = Durations | Outcomes | Slope


def rule_on(limit: Limit, measured: Measured, *, group: str = "", foreign: bool = False) -> list[Ruling]:
    """Hold measurements against every figure of a limit.

    Args:
        limit: The limit.
        measured: What was measured.
        group: For a limit with figures for several things: which of them.
        foreign: Whether the platform is not the embedded one: then a value between limit and floor is degraded.

    Returns:
        One ruling for each figure.

    Raises:
        UsageError: The limit's figures are not about measurements of this kind.
    """
    return [_ruling(limit.id, bound, measured, foreign) for bound in limit.bounds(group)]


def worst(rulings: list[Ruling]) -> Verdict:
    """Give the verdict on a limit as a whole: the worst on any of its figures.

    Args:
        rulings: One or more.

    Returns:
        That verdict.
    """
    return min((ruling.verdict for ruling in rulings), key=ORDER.index)


def _ruling(limit_id: str, bound: Bound, measured: Measured, foreign: bool) -> Ruling:
    match measured, bound.statistic, bound.unit:
        case Durations(), "max", "s":
            value, beyond, why = _maximum(bound, measured)
        case Durations(), "mean", "s":
            value, beyond, why = _mean(bound, measured)
        case Durations(), statistic, "s" if statistic.startswith("p"):
            value, beyond, why = _percentile(bound, measured, float(statistic[1:]))
        case Outcomes(), "min", "rate":
            value, beyond, why = _rate(bound, measured)
        case Outcomes(), "max", "count" | "leaks":
            value, beyond, why = _count(bound, measured)
        case Slope(), "max", "mb":
            value, beyond, why = _slope(bound, measured)
        case _:
            kind = type(measured).__name__
            raise UsageError(f"{limit_id} states {bound.name}; {kind} ({measured.what}) say nothing about that.")
    verdict = {True: Verdict.BROKEN, False: Verdict.KEPT, None: Verdict.UNPROVEN}[beyond]
    if measured.void:
        # What cannot be believed neither proves nor refutes.
        verdict, why = Verdict.UNPROVEN, f"void: {measured.void}"
    elif verdict is Verdict.BROKEN and foreign and _within_floor(bound, value):
        verdict, why = Verdict.DEGRADED, f"{why}, but inside the floor of {_figure(bound.floor or 0, bound.unit)}"
    return Ruling(limit_id, bound, verdict, measured.n, value, why)


# Each of the following gives the measured value, whether it is beyond the bound (None: nobody can say), and why.
_Finding = tuple[float, bool | None, str]


def _maximum(bound: Bound, measured: Durations) -> _Finding:
    value = measured.ordered()[-1] if measured.n else math.nan
    over = sum(seconds > bound.value for seconds in [*measured.values, *measured.censored])
    if over:
        return value, True, f"{over} of {measured.n} took longer"
    if short := [waited for waited in measured.censored if waited <= bound.value]:
        return value, None, f"{len(short)} had not ended after {min(short):g} s, and nobody waited longer"
    fewest = max(bound.n, FEWEST_FOR_MAXIMUM)
    if measured.n < fewest:
        return value, None, f"{fewest} observations are needed"
    return value, False, f"at most 1 in {1 / highest_rate(0, measured.n):.0f} is beyond it"


def _mean(bound: Bound, measured: Durations) -> _Finding:
    if not measured.n:
        return math.nan, None, "nothing was measured"
    # What did not end took at least as long as was waited, so this is a lower bound.
    least = math.fsum([*measured.values, *measured.censored]) / measured.n
    if least > bound.value:
        return math.inf if measured.censored else least, True, "the mean is beyond it"
    if measured.censored:
        return math.inf, None, f"{len(measured.censored)} of {measured.n} never ended, so there is no mean"
    fewest = max(bound.n, FEWEST_FOR_MAXIMUM)
    if measured.n < fewest:
        return least, None, f"{fewest} observations are needed"
    return least, False, f"the mean of {measured.n}"


def _percentile(bound: Bound, measured: Durations, percent: float) -> _Finding:
    value = nearest_rank(measured.ordered(), percent)
    rate, beyond, n = 1 - percent / 100, measured.beyond(bound.value), measured.n
    told = f"{beyond} of {n} took longer"
    # Even few observations refute, if so many beyond the bound cannot be chance.
    if beyond and 1 - chance_of_at_most(beyond - 1, n, rate) <= RISK:
        return value, True, told
    needed = max(bound.n, smallest_n(rate, beyond))
    if n >= needed:
        return value, False, f"{told}, proven at 95 %"
    if n >= max(bound.n, smallest_n(rate)) and value > bound.value:
        return value, True, told
    return value, None, f"{told}; with that many, {needed} observations are needed"


def _rate(bound: Bound, measured: Outcomes) -> _Finding:
    if not measured.n:
        return math.nan, None, "nothing was tried"
    value, allowed = measured.good / measured.n, 1 - bound.value
    told = f"{measured.bad} of {measured.n} went wrong"
    if measured.bad and (allowed <= 0 or 1 - chance_of_at_most(measured.bad - 1, measured.n, allowed) <= RISK):
        return value, True, told
    needed = max(bound.n, smallest_n(allowed, measured.bad) if allowed > 0 else FEWEST_FOR_MAXIMUM)
    if measured.n >= needed:
        return value, False, f"{told}; proven: fewer than {highest_rate(measured.bad, measured.n):.2%} do"
    if measured.n >= bound.n > 0 and value < bound.value:
        return value, True, told
    return value, None, f"{told}; with that many, {needed} trials are needed"


def _count(bound: Bound, measured: Outcomes) -> _Finding:
    told = f"{measured.bad} in {measured.n}"
    if measured.bad > bound.value:
        return measured.bad, True, told
    if measured.n < max(bound.n, 1):
        return measured.bad, None, f"{told}; {max(bound.n, 1)} observations are needed"
    return measured.bad, False, f"{told}; proven: fewer than {highest_rate(measured.bad, measured.n):.2%}"


def _slope(bound: Bound, measured: Slope) -> _Finding:
    value = measured.value()
    if measured.n < FEWEST_FOR_SLOPE:
        return value, None, f"{FEWEST_FOR_SLOPE} different counts are needed"
    return value, value > bound.value, f"slope over {measured.n} counts"


def _within_floor(bound: Bound, value: float) -> bool:
    if bound.floor is None:
        return False
    return value >= bound.floor if bound.statistic == "min" else value <= bound.floor


def _figure(value: float, unit: str) -> str:
    if math.isnan(value):
        return "no value"
    if unit == "rate":
        return f"{value:.2%}"
    if math.isinf(value):
        return "no end"
    return f"{value:.4g} {unit}" if unit in {"s", "mb"} else f"{value:g}"

"""Everything that a rush has shown, against its limits."""

from goldenpath.journeys.load import Measured
from goldenpath.limits import limit
from goldenpath.limits.samples import Durations, Outcomes
from goldenpath.limits.verdicts import Ruling, Verdict, rule_on


def judged(measured: Measured, *, foreign: bool) -> tuple[list[str], list[str], list[str]]:
    """Rule on what was measured.

    Args:
        measured: Times and outcomes.
        foreign: Whether the platform is not the embedded one.

    Returns:
        What is broken, what should have been proven and is not, and every ruling.
    """
    broken, unproven, told = [], [], []
    groups: list[tuple[str, Durations | Outcomes]] = [*measured.durations.items(), *measured.outcomes.items()]
    for name, samples in groups:
        for ruling in rule_on(limit(name), samples, foreign=foreign):
            line = f"{samples.what}: {ruling}"
            told.append(line)
            if ruling.verdict is Verdict.BROKEN:
                broken.append(f"{name}: {line}")
            elif ruling.verdict is Verdict.UNPROVEN and not _asks_for_more(ruling, samples):
                unproven.append(line)
    return broken, unproven, told


def _asks_for_more(ruling: Ruling, samples: Durations | Outcomes) -> bool:
    """Tell whether only the number of observations is missing, which no rush of this length can give."""
    return not samples.void and ruling.bound.n > samples.n

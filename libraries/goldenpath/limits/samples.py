"""What was measured: durations with those that never ended, and outcomes that were good or bad."""

import math
from bisect import insort
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

# A histogram holds microseconds up to one hour with three digits.
_LONGEST_US = 3_600_000_000
_DIGITS = 3


@dataclass
class Durations:
    """Times of one kind, in seconds.

    Args:
        what: What took these times, as a verdict will name it.
        void: Why they may not be believed (the generator was late, a fault had no effect); empty: they may.

    Attributes:
        values: Those that ended, ascending.
        censored: How long was waited in vain for those that did not end. They took longer than that, so they count in
            every percentile as infinite and are never dropped.
    """

    what: str
    void: str = ""
    values: list[float] = field(default_factory=list)
    censored: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        """Add a time."""
        insort(self.values, seconds)

    def add_unended(self, waited_s: float) -> None:
        """Add something that had not ended when the waiting did."""
        self.censored.append(waited_s)

    @property
    def n(self) -> int:
        """How many there are, those without an end included."""
        return len(self.values) + len(self.censored)

    def ordered(self) -> list[float]:
        """Give all of them ascending, infinity for those without an end."""
        return self.values + [math.inf] * len(self.censored)

    def beyond(self, bound_s: float) -> int:
        """Count those that took longer than a bound; those without an end took longer, however short the wait was."""
        return sum(value > bound_s for value in self.values) + len(self.censored)

    def packed(self) -> str:
        """Give the times as an HdrHistogram (microseconds, three digits), to be merged with those of other processes.

        Returns:
            The histogram, encoded as text.
        """
        histogram = HdrHistogram(1, _LONGEST_US, _DIGITS)
        for value in self.values:
            histogram.record_value(min(max(1, round(value * 1e6)), _LONGEST_US))
        encoded: bytes = histogram.encode()
        return encoded.decode("ascii")

    @classmethod
    def merged(cls, what: str, packed: list[str], censored: list[float] | None = None) -> "Durations":
        """Put the times of several processes together; percentiles are never averaged.

        Args:
            what: What took these times.
            packed: Their histograms.
            censored: The waits without an end of all of them.

        Returns:
            All times, each exact to three digits.
        """
        histogram = HdrHistogram(1, _LONGEST_US, _DIGITS)
        for one in packed:
            histogram.decode_and_add(one.encode("ascii"))
        values: list[float] = []
        for item in histogram.get_recorded_iterator():
            values += [item.value_iterated_to / 1e6] * item.count_at_value_iterated_to
        return cls(what, values=values, censored=list(censored or []))


@dataclass
class Outcomes:
    """Trials that went well or did not.

    Args:
        what: What was tried, as a verdict will name it.
        good: How many went well.
        bad: How many did not; also leaks, violations, closes that must not be.
        void: Why they may not be believed; empty: they may.
    """

    what: str
    good: int = 0
    bad: int = 0
    void: str = ""

    def add(self, well: bool) -> None:
        """Add a trial."""
        if well:
            self.good += 1
        else:
            self.bad += 1

    @property
    def n(self) -> int:
        """How many trials there were."""
        return self.good + self.bad


@dataclass(frozen=True)
class Slope:
    """How much one more of something costs, by least squares.

    Args:
        what: What costs, as a verdict will name it.
        points: How many there were, and what they cost together.
        void: Why it may not be believed; empty: it may.
    """

    what: str
    points: tuple[tuple[float, float], ...]
    void: str = ""

    @property
    def n(self) -> int:
        """How many different counts were measured."""
        return len({count for count, _ in self.points})

    def value(self) -> float:
        """Give the cost of one more; not a number with fewer than two counts."""
        mean_x = math.fsum(x for x, _ in self.points) / max(1, len(self.points))
        mean_y = math.fsum(y for _, y in self.points) / max(1, len(self.points))
        spread = math.fsum((x - mean_x) ** 2 for x, _ in self.points)
        return math.fsum((x - mean_x) * (y - mean_y) for x, y in self.points) / spread if spread else math.nan

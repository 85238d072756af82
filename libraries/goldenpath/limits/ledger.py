"""What a process has measured so far, limit by limit: each time is judged at once, and all of them in the end."""

from goldenpath.errors import PromiseBroken
from goldenpath.limits.book import limit
from goldenpath.limits.samples import Durations
from goldenpath.limits.verdicts import Ruling, Verdict, rule_on


class Ledger:
    """The times that keywords measure in passing.

    Args:
        foreign: Whether the platform is not the embedded one: then a value between limit and floor is degraded.
    """

    def __init__(self, foreign: bool = False) -> None:
        self.foreign = foreign
        self._times: dict[str, Durations] = {}

    def keep(self, limit_id: str, seconds: float, what: str) -> str:
        """Note a time, and refuse it if it alone breaks its limit.

        Args:
            limit_id: The limit, with or without the prefix ``limit-``.
            seconds: The time measured.
            what: What took that time, as the failure will name it.

        Returns:
            A warning when the time is beyond the limit but inside its floor, on a foreign platform; else empty.

        Raises:
            PromiseBroken: The time is beyond ``max_s``.
        """
        promised = limit(limit_id)
        self._times.setdefault(promised.id, Durations(promised.id)).add(seconds)
        alone = Durations(what, values=[seconds])
        ruling = next(one for one in rule_on(promised, alone, foreign=self.foreign) if one.bound.statistic == "max")
        told = f"{what} took {seconds:.2f} s; {promised.id} allows {ruling.bound.value:g} s."
        if ruling.verdict is Verdict.BROKEN:
            raise PromiseBroken(told)
        degraded = ruling.verdict is Verdict.DEGRADED
        return f"{told} It is inside the floor of {ruling.bound.floor:g} s: degraded." if degraded else ""

    def rulings(self) -> list[Ruling]:
        """Hold everything that was noted against its limits.

        Returns:
            One ruling for each figure of each limit that was measured.
        """
        return [
            ruling
            for name, times in self._times.items()
            for ruling in rule_on(limit(name), times, foreign=self.foreign)
        ]

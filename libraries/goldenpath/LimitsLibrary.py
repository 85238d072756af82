"""The keyword that holds measurements against a limit."""

from robot.api import SkipExecution, logger
from robot.api.deco import keyword

from goldenpath.errors import PromiseBroken
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.limits.samples import Durations, Outcomes, Slope
from goldenpath.limits.verdicts import Ruling, Verdict, rule_on, worst
from goldenpath.world import world


@keyword_library
class LimitsLibrary:
    """One assertion about figures: kept, broken, degraded or unproven, with n, value and limit."""

    @keyword
    def limit_is_kept(self, limit_id: str, measured: Durations | Outcomes | Slope, group: str = "") -> list[Ruling]:
        """Hold measurements against a limit: broken fails, degraded warns, unproven skips the test with its reason.

        Args:
            limit_id: For example ``limit-first_event``.
            measured: What was measured.
            group: For a limit with figures for several things, for example ``journey``.

        Returns:
            One ruling for each figure of the limit.

        Raises:
            PromiseBroken: A figure is broken.
            SkipExecution: None is broken or degraded, and at least one is unproven: too few samples, the generator
                was too slow, or a fault had no effect.
        """
        foreign = world().target.kind != "embedded"
        rulings = rule_on(limit(limit_id), measured, group=group, foreign=foreign)
        told = f"{measured.what}:\n" + "\n".join(map(str, rulings))
        match worst(rulings):
            case Verdict.BROKEN:
                raise PromiseBroken(told)
            case Verdict.DEGRADED:
                logger.warn(told)
            case Verdict.UNPROVEN:
                raise SkipExecution(f"unproven: {told}")
            case Verdict.KEPT:
                logger.info(told)
        return rulings

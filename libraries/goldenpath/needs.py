"""What a test needs of its platform, by its tags: where that is not offered, it is skipped and counts as unproven.

``needs-usage-data`` needs the capability ``usage_data``. `DANGEROUS` tags mark what nobody may do to a platform in
production.
"""

from collections.abc import Iterable

from robot import result, running
from robot.running.context import EXECUTION_CONTEXTS

from goldenpath.errors import TargetError
from goldenpath.targets.capabilities import CAPABILITIES
from goldenpath.targets.checked import nearest
from goldenpath.targets.target import Target
from goldenpath.world import world

PREFIX = "needs-"
DANGEROUS = frozenset({"load", "fault", "attack"})


def needed(tags: Iterable[str]) -> dict[str, str]:
    """Read what a test needs.

    Args:
        tags: Its tags, in any case.

    Returns:
        The capability by its tag; nobody has checked that there is such a capability.
    """
    lowered = (tag.lower() for tag in tags)
    return {tag: tag.removeprefix(PREFIX).replace("-", "_") for tag in lowered if tag.startswith(PREFIX)}


def unknown(tags: Iterable[str]) -> str | None:
    """Find a tag that needs what does not exist.

    Args:
        tags: Of a test.

    Returns:
        What is wrong with it; ``None``: nothing.
    """
    for tag, name in needed(tags).items():
        if name not in CAPABILITIES:
            known = (PREFIX + one.replace("_", "-") for one in CAPABILITIES)
            return f"The tag '{tag}' names nothing that a platform can offer. {nearest(tag, known)}"
    return None


def why_skipped(tags: Iterable[str], target: Target) -> str | None:
    """Tell why a test cannot run on a target.

    Args:
        tags: Of the test.
        target: The target.

    Returns:
        The reason; ``None``: it can run.
    """
    own = list(tags)
    dangerous = sorted(DANGEROUS & {tag.lower() for tag in own})
    if target.production and dangerous:
        return f"refused: target {target.name} is in production, and this test is tagged {', '.join(dangerous)}"
    missing = sorted(name for name in needed(own).values() if not target.offers(name))
    return f"unproven: target {target.name} does not offer {', '.join(missing)}" if missing else None


class Needs:
    """Puts a skip in the place of a test's steps where the target does not offer what its tags need."""

    ROBOT_LISTENER_API_VERSION = 3

    def start_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """Robot calls this before each test."""
        if EXECUTION_CONTEXTS.current.dry_run:
            return
        wrong, reason = unknown(data.tags), None
        try:
            reason = why_skipped(data.tags, world().target) if wrong is None else None
        except TargetError as error:
            wrong = str(error)
        if wrong or reason:
            data.setup = data.teardown = None
            data.body = [running.Keyword("BuiltIn.Fail" if wrong else "BuiltIn.Skip", args=(str(wrong or reason),))]

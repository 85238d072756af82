"""What happens around every test that uses one of our libraries, whatever it imports.

All libraries name the same listeners, so the end of a test comes here once for each library; everything below is done
by the first call and finds nothing left to do in the others.
"""

from collections import Counter

from robot import result, running
from robot.api import logger

from goldenpath.reporting.redaction import Redaction
from goldenpath.reporting.run_pictures import conversation_of, picture_of, picture_of_all
from goldenpath.world import World, world


class Lifecycle:
    """Ends every test: draws its runs, closes its sockets, fails it for what it forgot or the platform logged."""

    ROBOT_LISTENER_API_VERSION = 3
    # Above the redaction, which has to see the messages that are made here.
    ROBOT_LISTENER_PRIORITY = 10

    def __init__(self) -> None:
        self._logged_before: Counter[str] = Counter()

    def end_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """Robot calls this at the end of each test."""
        here = world()
        _show(here)
        problems = here.never_awaited()
        here.end_test()
        problems += self._new_error_lines(here)
        if problems and not result.skipped:
            result.status = "FAIL"
            result.message = "\n\n".join(filter(None, [result.message, *problems]))

    def _new_error_lines(self, here: World) -> list[str]:
        if not here.platform_started:
            return []
        logged = Counter(here.platform.error_lines())
        new, self._logged_before = logged - self._logged_before, logged
        return [f"The platform logged an error: {line}" for line in new.elements()]


def _show(here: World) -> None:
    for user in here.users:
        if user.runs:
            logger.info(conversation_of(user), html=True)
    runs = [run for user in here.users for run in user.runs if run.sent_ns]
    for run in runs:
        logger.info(picture_of(run), html=True)
    if len({run.user for run in runs}) > 1:
        logger.info(picture_of_all(runs), html=True)


LISTENERS = [Lifecycle(), Redaction()]

"""A run whose platform has known defects: checked before its first test, and said on every page that shows it."""

from typing import Any

from robot import result, running
from robot.libraries.BuiltIn import BuiltIn

from goldenpath.defects import refuse
from goldenpath.errors import TargetError
from goldenpath.world import world

HEADING = "Defects"


class OnPurpose:
    """Checks the variable ``DEFECTS`` when a suite with one of our libraries starts, before its set-up."""

    ROBOT_LISTENER_API_VERSION = 3

    def start_suite(self, data: running.TestSuite, result: result.TestSuite) -> None:
        """Robot calls this when a suite has imported its libraries, and before anything in it runs."""
        # without the variable nobody needs to read the target yet
        if BuiltIn().dry_run_active or not BuiltIn().get_variable_value("${DEFECTS}"):
            return
        try:
            names = ", ".join(world().defects)
        except TargetError as error:
            refuse(str(error))
        suite: Any = result if names else None
        while suite is not None:
            suite.metadata[HEADING] = f"*THIS PLATFORM IS BROKEN ON PURPOSE: {names}*. No verdict on a product."
            suite = suite.parent

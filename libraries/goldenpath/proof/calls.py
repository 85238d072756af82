"""Counts for each test of a run how often the replaced seams were used: in it, or before it outside of any test.

Given to Robot with `--listener goldenpath.proof.calls.Calls`. What is used when the platform starts, such as settings,
works in all tests that follow, so it counts for them; what an earlier test has used does not.
"""

import json
import os
from pathlib import Path

from robot import result, running
from robot.libraries.BuiltIn import BuiltIn

from goldenpath.platform.embedded import REACHED_VARIABLE

FILE = "calls.json"


def counted(folder: Path) -> int:
    """Add up what the platform's processes have told.

    Args:
        folder: Where each keeps a file.

    Returns:
        Calls of replaced seams, of processes that have ended too.
    """
    return sum(int(file.read_text(encoding="ascii") or 0) for file in folder.iterdir())


class Calls:
    """Writes `FILE` beside Robot's output: calls by the full name of the test."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self._folder = Path(os.environ[REACHED_VARIABLE])
        self._calls: dict[str, int] = {}
        self._in_tests = 0
        self._before = 0

    def start_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """Robot calls this before each test."""
        self._before = counted(self._folder)

    def end_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """Robot calls this at the end of each test."""
        now = counted(self._folder)
        outside = self._before - self._in_tests
        self._in_tests += now - self._before
        self._calls[result.full_name] = outside + now - self._before
        place = Path(BuiltIn().get_variable_value("${OUTPUT_DIR}"), FILE)
        place.write_text(json.dumps(self._calls), encoding="utf-8")

"""Counts tests from what the runners leave behind, and finds those that were lost on the way."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from robot.api import ExecutionResult, TestSuite
from robot.errors import DataError


@dataclass(frozen=True)
class Counts:
    """How many tests ended how; written as `.ci/run` prints it."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def ran(self) -> int:
        """Tests that reached a verdict; a skipped one has none."""
        return self.passed + self.failed


def robot_counts(output: Path) -> Counts:
    """Return what an output.xml says; nothing if there is none, or only half of one."""
    try:
        total = ExecutionResult(str(output)).statistics.total
    except DataError:
        return Counts()
    return Counts(total.passed, total.failed, total.skipped)


def pytest_counts(junit: Path) -> Counts:
    """Return what pytest's JUnit file says; an error in a fixture counts as a failed test."""
    try:
        suites = ET.parse(junit).getroot().iter("testsuite")  # noqa: S314 - our own pytest wrote it
        figures = [
            {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")} for suite in suites
        ]
    except (OSError, ET.ParseError):
        return Counts()
    total = {name: sum(figure[name] for figure in figures) for name in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    return Counts(max(total["tests"] - failed - total["skipped"], 0), failed, total["skipped"])


def lost_tests(suites: Path, output: Path, left_out: Collection[str] = ()) -> list[str]:
    """Return the tests of a folder that an output.xml does not tell of: a worker that dies takes its tests with it.

    Args:
        suites: The folder.
        output: The output.xml.
        left_out: Tags of tests that were not to run.
    """
    tests = TestSuite.from_file_system(str(suites)).all_tests
    planned = [test.full_name for test in tests if not test.tags.match(list(left_out))]
    try:
        told = {test.full_name for test in ExecutionResult(str(output)).suite.all_tests}
    except DataError:
        told = set()
    return [name for name in planned if name not in told]


def pytest_line(console: str) -> str:
    """Return pytest's own closing line as it printed it, or an empty text if it printed none."""
    closing = [line for line in console.splitlines() if line.startswith("=") and line.endswith("=") and " in " in line]
    return closing[-1] if closing else ""

"""What a proof runs: which tests carry which scenario, which defects they claim, and which controls are drawn."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from robot.api import TestSuite

from goldenpath.errors import UsageError
from goldenpath.proof.catalogue import Scenario
from goldenpath.proof.known import KnownDefect

CONTROLS = 3
# What cannot be hurried is no control: it would make the proof long and tell nothing more.
SLOW = frozenset({"recovery", "cold-start", "sampling"})
# An estimate before anything is known: what starting robot and platform takes.
START_S = 4.0
# a test that waits in vain ends by its own time-out
LONGEST_TEST_S = 75.0


@dataclass(frozen=True, slots=True)
class Case:
    """A test of the suites.

    Args:
        test: Its full name.
        file: The suite file that it stands in.
        tags: In lower case.
        ids: The scenarios that it carries.
    """

    test: str
    file: Path
    tags: frozenset[str]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One run: a defect, the tests that claim it, and the controls.

    Args:
        defect: The defect.
        claimed: Full names of the tests by scenario; none for a scenario that no test carries.
        controls: Full names of tests that should not care.
    """

    defect: KnownDefect
    claimed: dict[str, tuple[str, ...]]
    controls: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[str, ...]:
        """The full names of all tests of the run, each once."""
        return tuple(dict.fromkeys([*(test for tests in self.claimed.values() for test in tests), *self.controls]))

    @property
    def limit_s(self) -> float:
        """Seconds after which the run is ended."""
        return 60.0 + LONGEST_TEST_S * len(self.tests)

    def cost_s(self, seconds: Mapping[str, float]) -> float:
        """Estimate how long the run takes.

        Args:
            seconds: How long each test took on a platform without a defect.

        Returns:
            Seconds.
        """
        return START_S + sum(seconds.get(test, 0.0) for test in self.tests)


def read_cases(suites: Path, catalogue: Collection[str]) -> list[Case]:
    """Read the tests of a folder.

    Args:
        suites: The folder.
        catalogue: The ids of all scenarios.

    Returns:
        The tests.

    Raises:
        UsageError: There is no such folder, or it holds none.
    """
    by_tag = {name.lower(): name for name in catalogue}
    tests = list(TestSuite.from_file_system(str(suites)).all_tests) if suites.is_dir() else []
    if not tests:
        raise UsageError(f"There are no tests in {suites}.")
    cases = []
    for test in tests:
        tags = frozenset(str(tag).lower() for tag in test.tags)
        ids = tuple(sorted(by_tag[tag] for tag in tags & by_tag.keys()))
        cases.append(Case(test.full_name, Path(str(test.source)), tags, ids))
    return cases


def plan(
    defects: Sequence[KnownDefect], scenarios: Collection[str], cases: Sequence[Case], seed: int, *, product: bool
) -> list[Order]:
    """Plan a run for each defect that one of the scenarios claims.

    Args:
        defects: The defects.
        scenarios: The ids of the scenarios that are to be proven.
        cases: All tests.
        seed: The draw of the controls hangs on it and on the defect's name alone.
        product: Whether all other scenarios are the controls, instead of a few that are drawn.

    Returns:
        The runs, in the order of the defects; a run without tests is only there to be shown.
    """
    return [
        _order(defect, scenarios, cases, seed, product)
        for defect in defects
        if any(name in scenarios for name in defect.caught_by)
    ]


def _order(defect: KnownDefect, scenarios: Collection[str], cases: Sequence[Case], seed: int, product: bool) -> Order:
    claimed = {
        name: tuple(case.test for case in cases if name in case.ids) for name in defect.caught_by if name in scenarios
    }
    order = Order(defect, claimed)
    if not order.tests:
        return order
    own_files = {case.file for case in cases if case.test in order.tests}
    free = [case for case in cases if not set(case.ids) & set(defect.caught_by)]
    if product:
        chosen = [case.test for case in free if set(case.ids) & set(scenarios)]
        return replace(order, controls=tuple(chosen))
    quick = sorted((case for case in free if not SLOW & case.tags), key=lambda case: case.test)
    elsewhere = [case.test for case in quick if case.file not in own_files]
    beside = [case.test for case in quick if case.file in own_files]
    # the same draw whatever else is planned
    dice = random.Random(f"{seed} {defect.name}")  # noqa: S311 - no secret
    drawn = dice.sample(elsewhere, min(CONTROLS, len(elsewhere)))
    drawn += dice.sample(beside, min(CONTROLS - len(drawn), len(beside)))
    return replace(order, controls=tuple(drawn))


def quick(orders: Sequence[Order]) -> list[Order]:
    """Choose one defect for each scenario: not a broad one, then one that is chosen already, then one with few claims.

    Args:
        orders: The whole plan.

    Returns:
        As few runs as this gives, without controls, each with the scenarios that it was chosen for.
    """
    chosen: dict[str, list[str]] = {}
    by_name = {order.defect.name: order for order in orders}
    # scenarios with little choice come first
    claims: dict[str, list[Order]] = {}
    for order in orders:
        for scenario, tests in order.claimed.items():
            if tests:
                claims.setdefault(scenario, []).append(order)
    for scenario, able in sorted(claims.items(), key=lambda item: (len(item[1]), item[0])):
        best = min(able, key=lambda one: (bool(one.defect.broad), one.defect.name not in chosen, *_breadth(one)))
        chosen.setdefault(best.defect.name, []).append(scenario)
    return [
        replace(by_name[name], claimed={one: by_name[name].claimed[one] for one in sorted(ids)}, controls=())
        for name, ids in sorted(chosen.items())
    ]


def _breadth(order: Order) -> tuple[int, str]:
    return len(order.defect.caught_by), order.defect.name


def by_file(tests: Iterable[str], cases: Iterable[Case]) -> list[tuple[str, ...]]:
    """Put tests together that stand in one file, for the run without a defect.

    Args:
        tests: Full names.
        cases: All tests.

    Returns:
        The tests of each file, the file with the most tests first.
    """
    wanted = set(tests)
    files: dict[Path, list[str]] = {}
    for case in cases:
        if case.test in wanted:
            files.setdefault(case.file, []).append(case.test)
    return sorted((tuple(names) for names in files.values()), key=lambda names: (-len(names), names))


def in_scope(catalogue: Mapping[str, Scenario], suite: str) -> dict[str, Scenario]:
    """Choose the scenarios that are to be proven.

    Args:
        catalogue: All of them.
        suite: The folder below the suites that they belong in; empty: all.

    Returns:
        The scenarios by their ids.

    Raises:
        UsageError: There is no such folder in the catalogues.
    """
    found = {name: scenario for name, scenario in catalogue.items() if suite in {"", scenario.folder}}
    if not found:
        folders = sorted({scenario.folder for scenario in catalogue.values()})
        raise UsageError(f"No catalogue is about suites/{suite}; there are: {', '.join(folders)}.")
    return found

"""The cells of the matrix: what became of one scenario on a platform with one defect."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from goldenpath.proof.known import KnownDefect
from goldenpath.proof.reasons import named, reason
from goldenpath.proof.run import Outcome, TestEnd


class State(StrEnum):
    """How a scenario ended that claims to turn red, the best first."""

    KILLED = "killed"
    WRONG_REASON = "wrong reason"
    SURVIVED = "survived"
    NOT_REACHED = "not reached"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"
    OPEN = "open"


HOLDS = frozenset({State.KILLED, State.NOT_APPLICABLE, State.OPEN})


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario that claims one defect.

    Args:
        state: How it ended.
        why: In a few words.
        message: Of the red test.
        names: The promises that its failure names.
        calls: How often the replaced seam was used for it.
        red_after_s: Seconds from the start of the run to the end of the red test.
    """

    state: State
    why: str = ""
    message: str = ""
    names: tuple[str, ...] = ()
    calls: int = 0
    red_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A test that does not claim a defect and ran on it all the same.

    Args:
        test: Its full name.
        ids: The scenarios that it carries.
        red: Whether it turned red.
        names: The promises that its failure names.
        ran: Whether it ended at all.
    """

    test: str
    ids: tuple[str, ...]
    red: bool
    names: tuple[str, ...] = ()
    ran: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one defect.

    Args:
        defect: The defect.
        cells: By scenario.
        controls: The tests that should not care.
        seconds: How long its run took.
        problem: Why the run gave no result; empty: it gave one.
        console: The end of what it printed, when it gave no result.
    """

    defect: KnownDefect
    cells: dict[str, Cell] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    seconds: float = 0.0
    problem: str = ""
    console: str = ""

    @property
    def killed(self) -> bool:
        """Whether at least one scenario turned red for the right reason."""
        return any(cell.state is State.KILLED for cell in self.cells.values())

    @property
    def first_red_s(self) -> float | None:
        """Seconds to the first scenario that turned red for the right reason."""
        times = [cell.red_after_s for cell in self.cells.values() if cell.red_after_s is not None]
        return min(times, default=None)

    @property
    def red_controls(self) -> list[Control]:
        """The controls that turned red: the defect's breadth."""
        return [control for control in self.controls if control.red]

    def holds(self) -> bool:
        """Tell whether each claim that can be proven is."""
        return all(cell.state in HOLDS for cell in self.cells.values())


def judge_cell(defect: KnownDefect, ends: Collection[TestEnd], outcome: Outcome, known_ids: Collection[str]) -> Cell:
    """Judge a scenario that claims a defect.

    Args:
        defect: The defect.
        ends: How the tests that carry the scenario's id ended; a test that gave no result is not among them.
        outcome: The run they ended in.
        known_ids: Every id that a failure can name.

    Returns:
        The best cell of those tests: one that kills is enough.
    """
    if not ends:
        return Cell(State.NOT_RUN, outcome.problem or "the run told nothing of it")
    cells = [_cell(defect, end, outcome, known_ids) for end in ends]
    return min(cells, key=lambda cell: list(State).index(cell.state))


def _cell(defect: KnownDefect, end: TestEnd, outcome: Outcome, known_ids: Collection[str]) -> Cell:
    calls = outcome.calls.get(end.test, 0)
    names = tuple(sorted(named(end.message, known_ids))) if end.red else ()
    if end.status == "SKIP":
        return Cell(State.NOT_APPLICABLE, end.message)
    if not calls:
        colour = "red" if end.red else "green"
        return Cell(State.NOT_REACHED, f"the replaced seam was never used; {colour}", end.message, names)
    if not end.red:
        return Cell(State.SURVIVED, "green", calls=calls)
    found = reason(end.message, defect.expects, defect.seen)
    state = State.KILLED if found.right else State.WRONG_REASON
    return Cell(state, found.why, end.message, names, calls, end.ended_after_s if found.right else None)


def judge_control(test: str, ids: tuple[str, ...], end: TestEnd | None, known_ids: Collection[str]) -> Control:
    """Judge a test that does not claim the defect.

    Args:
        test: Its full name.
        ids: The scenarios that it carries.
        end: How it ended.
        known_ids: Every id that a failure can name.

    Returns:
        The control.
    """
    if end is None:
        return Control(test, ids, red=False, ran=False)
    return Control(test, ids, end.red, tuple(sorted(named(end.message, known_ids))) if end.red else ())

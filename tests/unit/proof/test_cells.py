"""What one scenario's end on one defect is worth."""

import pytest
from proofs import defect

from goldenpath.proof.cells import Cell, Row, State, judge_cell, judge_control
from goldenpath.proof.run import Outcome, TestEnd

KNOWN = {"five-events", "one-terminal"}


def end(status: str = "FAIL", message: str = "five-events: none", test: str = "one") -> TestEnd:
    return TestEnd(test, status, message, 1.0, 3.5)


@pytest.mark.parametrize(
    ("one", "calls", "state"),
    [
        (end(), 3, State.KILLED),
        (end(message="one-terminal: two"), 3, State.WRONG_REASON),
        (end("PASS", ""), 3, State.SURVIVED),
        (end("PASS", ""), 0, State.NOT_REACHED),
        (end(), 0, State.NOT_REACHED),
        (end("SKIP", "unproven: …"), 0, State.NOT_APPLICABLE),
    ],
)
def test_states(one: TestEnd, calls: int, state: State) -> None:
    cell = judge_cell(defect(), [one], Outcome({"one": one}, {"one": calls}), KNOWN)
    assert cell.state is state
    assert (cell.red_after_s is not None) == (state is State.KILLED)


def test_no_result_is_not_run() -> None:
    cell = judge_cell(defect(), [], Outcome(problem="the run was ended after 60 s"), KNOWN)
    assert (cell.state, cell.why) == (State.NOT_RUN, "the run was ended after 60 s")


def test_one_test_of_a_scenario_that_kills_is_enough() -> None:
    ends = [end("PASS", "", "one"), end(test="two")]
    assert judge_cell(defect(), ends, Outcome({}, {"one": 1, "two": 1}), KNOWN).state is State.KILLED


def test_controls_tell_the_breadth() -> None:
    red = judge_control("one", (), end(), KNOWN)
    found = Row(defect(), {"P-A": Cell(State.KILLED)}, (red, judge_control("two", (), None, KNOWN)))
    assert found.red_controls == [red]
    assert red.names == ("five-events",)
    assert not found.controls[1].ran

"""Verdicts on a rush, and failures that name their promise."""

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.journeys.load import Measured
from goldenpath.journeys.promises import TRUE, held_to
from goldenpath.journeys.rulings import judged
from goldenpath.limits.samples import Durations, Outcomes


def _measured(seconds: float, n: int = 60, void: str = "") -> Measured:
    return Measured({"limit-response_time": Durations("question to answer", void, [seconds] * n)})


def test_a_quick_rush_is_neither_broken_nor_unproven() -> None:
    broken, unproven, told = judged(_measured(0.5), foreign=False)
    assert (broken, unproven) == ([], [])
    assert len(told) == 3


def test_what_needs_more_observations_is_told_and_no_more() -> None:
    _, unproven, told = judged(_measured(0.5), foreign=False)
    assert unproven == []
    assert any("p99_s: unproven" in line for line in told)


def test_a_slow_rush_names_the_broken_limit_first() -> None:
    broken, _, _ = judged(_measured(11.0), foreign=False)
    assert broken
    assert all(line.startswith("limit-response_time: ") for line in broken)


def test_a_void_rush_proves_nothing_and_breaks_nothing() -> None:
    broken, unproven, _ = judged(_measured(11.0, void="the generator was late"), foreign=False)
    assert broken == []
    assert len(unproven) == 3


def test_one_run_that_never_starts_breaks_its_limit() -> None:
    first = Durations("question to first event", values=[0.1] * 59)
    first.add_unended(6.0)
    broken, _, _ = judged(Measured({"limit-first_event": first}), foreign=False)
    assert len(broken) == 1


def test_too_few_good_journeys_break_the_success_rate() -> None:
    measured = Measured({}, {"limit-success_rate": Outcomes("journeys", 40, 20)})
    assert judged(measured, foreign=False)[0]


def test_what_a_block_finds_broken_is_told_under_its_promise() -> None:
    with pytest.raises(PromiseBroken, match=r"^answer-is-true: it says 3$"), held_to(TRUE):
        raise PromiseBroken("it says 3")

"""Verdicts: what so many measurements say about a limit."""

import pytest

from goldenpath.errors import UsageError
from goldenpath.limits import limit
from goldenpath.limits.samples import Durations, Outcomes, Slope
from goldenpath.limits.verdicts import Verdict, rule_on, worst


def durations(*values: float, unended: tuple[float, ...] = (), void: str = "") -> Durations:
    measured = Durations("the first event", void)
    for value in values:
        measured.add(value)
    for waited in unended:
        measured.add_unended(waited)
    return measured


def verdict_on(limit_id: str, measured: Durations | Outcomes | Slope, foreign: bool = False, group: str = "") -> str:
    return worst(rule_on(limit(limit_id), measured, group=group, foreign=foreign)).value


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (durations(*[1.0] * 5), "kept"),
        (durations(*[1.0] * 4), "unproven"),
        (durations(1.0, 2.001), "broken"),
        (durations(*[1.0] * 50, 2.0), "kept"),
        (durations(*[1.0] * 50, unended=(30.0,)), "broken"),
        (durations(*[1.0] * 50, unended=(1.5,)), "unproven"),
        (durations(*[9.0] * 50, void="the generator was late"), "unproven"),
        (durations(), "unproven"),
    ],
)
def test_a_maximum(measured: Durations, expected: str) -> None:
    assert verdict_on("websocket_connect", measured) == expected


@pytest.mark.parametrize(("worst_value", "expected"), [(2.5, "degraded"), (3.0, "degraded"), (3.1, "broken")])
def test_between_limit_and_floor_a_foreign_target_is_degraded(worst_value: float, expected: str) -> None:
    measured = durations(*[1.0] * 9, worst_value)
    assert verdict_on("websocket_connect", measured, foreign=True) == expected
    assert verdict_on("websocket_connect", measured) == "broken"


def test_without_a_floor_a_foreign_target_is_broken_too() -> None:
    assert verdict_on("first_event", durations(*[1.0] * 9, 5.1), foreign=True) == "broken"


@pytest.mark.parametrize(
    ("quick", "slow", "expected"),
    [
        (59, 0, "kept"),
        (58, 0, "unproven"),
        (92, 1, "kept"),
        (91, 1, "unproven"),
        (120, 5, "unproven"),
        (90, 10, "broken"),
        (0, 3, "broken"),
        (3, 1, "unproven"),
    ],
)
def test_a_percentile(quick: int, slow: int, expected: str) -> None:
    measured = durations(*[0.05] * quick, *[0.2] * slow)
    assert verdict_on("message_retrieval", measured) == expected


def test_what_never_ended_counts_in_the_percentile() -> None:
    measured = durations(*[0.05] * 90, unended=(0.01,) * 10)
    ruling = rule_on(limit("message_retrieval"), measured)[0]
    assert (ruling.verdict, ruling.value) == (Verdict.BROKEN, float("inf"))
    assert "no end" in str(ruling)


def test_a_mean_needs_every_end() -> None:
    whole = {ruling.bound.name: ruling for ruling in rule_on(limit("response_time"), durations(*[4.0] * 299))}
    assert {ruling.verdict for ruling in whole.values()} == {Verdict.KEPT}
    cut = {ruling.bound.name: ruling for ruling in rule_on(limit("response_time"), durations(*[1.0] * 9, unended=(2,)))}
    assert cut["mean_s"].verdict is Verdict.UNPROVEN
    slow = rule_on(limit("response_time"), durations(*[1.0] * 9, unended=(60.0,)))[0]
    assert slow.verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (59, 0, "kept"),
        (58, 0, "unproven"),
        (92, 1, "kept"),
        (80, 1, "unproven"),
        (90, 10, "broken"),
        (0, 0, "unproven"),
    ],
)
def test_a_rate(good: int, bad: int, expected: str) -> None:
    assert verdict_on("success_rate", Outcomes("runs", good, bad)) == expected


@pytest.mark.parametrize(
    ("good", "bad", "foreign", "expected"),
    [
        (299, 0, False, "kept"),
        (298, 0, False, "unproven"),
        (999, 1, False, "broken"),
        (999, 1, True, "degraded"),
        (50, 1, True, "broken"),
    ],
)
def test_a_rate_that_allows_no_failure(good: int, bad: int, foreign: bool, expected: str) -> None:
    assert verdict_on("event_completeness", Outcomes("events", good, bad), foreign) == expected


@pytest.mark.parametrize(("good", "bad", "expected"), [(299, 0, "kept"), (10, 0, "unproven"), (10_000, 1, "broken")])
def test_one_leak_is_broken_however_many_looks_found_none(good: int, bad: int, expected: str) -> None:
    rulings = rule_on(limit("isolation"), Outcomes("looks", good, bad))
    assert worst(rulings).value == expected
    if expected == "kept":
        assert "fewer than 1.00%" in str(rulings[0])


def test_memory_is_a_slope_over_three_counts() -> None:
    assert verdict_on("memory_per_session", Slope("memory", ((10, 100), (50, 300), (100, 550)))) == "kept"
    assert verdict_on("memory_per_session", Slope("memory", ((10, 0), (50, 24_000), (100, 54_000)))) == "broken"
    assert verdict_on("memory_per_session", Slope("memory", ((10, 100), (50, 300), (50, 310)))) == "unproven"


def test_measurements_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(UsageError, match="limit-success_rate states min_rate; Durations"):
        rule_on(limit("success_rate"), durations(1.0))


def test_groups_have_their_own_figures() -> None:
    assert verdict_on("scenario_duration", durations(*[15.0] * 5), group="journey") == "kept"
    assert verdict_on("scenario_duration", durations(*[15.0] * 5), group="integration") == "broken"


def test_a_ruling_tells_limit_value_and_n() -> None:
    told = str(rule_on(limit("websocket_connect"), durations(0.5, 2.5))[0])
    assert told == "limit-websocket_connect max_s: broken, 2.5 s (limit 2 s, n = 2; 1 of 2 took longer)"

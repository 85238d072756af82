"""The statistics, against figures that are known from elsewhere."""

import math

import pytest

from goldenpath.limits.statistics import chance_of_at_most, highest_rate, nearest_rank, smallest_n


@pytest.mark.parametrize(
    ("rate", "numbers"),
    [
        (0.10, [29, 46, 61, 76]),
        (0.05, [59, 93, 124, 153]),
        (0.01, [299, 473, 628, 773]),
        (0.001, [2995, 4742]),
        (0.02, [149]),
        (0.005, [598]),
        (0.0001, [29956]),
    ],
)
def test_the_smallest_n_is_that_of_the_tables(rate: float, numbers: list[int]) -> None:
    assert [smallest_n(rate, events) for events in range(len(numbers))] == numbers


def test_no_event_in_n_proves_a_rate_below_three_in_n() -> None:
    assert highest_rate(0, 299) == pytest.approx(3 / 299, rel=0.01)
    assert highest_rate(5, 5) == 1


def test_the_chance_is_the_binomial_one() -> None:
    assert chance_of_at_most(1, 3, 0.5) == pytest.approx(0.5)
    assert chance_of_at_most(3, 3, 0.5) == 1


def test_a_percentile_is_one_of_the_values() -> None:
    ordered = [float(n) for n in range(1, 101)]
    assert nearest_rank(ordered, 95) == 95
    assert nearest_rank(ordered, 99) == 99
    assert nearest_rank(ordered, 100) == 100
    assert nearest_rank(ordered[:20], 95) == 19
    assert nearest_rank([1.0, 2.0], 50) == 1
    assert nearest_rank([1.0, math.inf], 99) == math.inf
    assert math.isnan(nearest_rank([], 95))

"""Samples of several processes are put together without averaging percentiles."""

import random

import pytest

from goldenpath.limits.samples import Durations, Slope
from goldenpath.limits.statistics import nearest_rank


def test_packed_times_of_two_processes_have_the_percentiles_of_all() -> None:
    chance = random.Random(1)
    parts = [Durations("runs"), Durations("runs")]
    for number in range(4000):
        parts[number % 2 if number < 1000 else 0].add(chance.lognormvariate(-2, 1))
    merged = Durations.merged("runs", [part.packed() for part in parts], [3.0])
    everything = sorted(parts[0].values + parts[1].values)
    assert merged.n == 4001
    for percent in (50, 95, 99):
        truth = nearest_rank([*everything, float("inf")], percent)
        assert nearest_rank(merged.ordered(), percent) == pytest.approx(truth, rel=0.002)


def test_a_slope_is_the_cost_of_one_more() -> None:
    assert Slope("memory", ((10, 120), (50, 200), (100, 300))).value() == pytest.approx(2)

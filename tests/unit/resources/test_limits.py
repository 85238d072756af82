"""The limits are read from one file, and say what is wrong when asked for what is not there."""

import pytest

from goldenpath.errors import PromiseBroken, UsageError
from goldenpath.limits import limit


def test_a_limit_is_found_with_and_without_its_prefix() -> None:
    assert limit("first_event") is limit("limit-first_event")
    assert limit("first_event").max_s == 5


def test_a_sample_at_the_limit_keeps_it_and_one_beyond_breaks_it() -> None:
    limit("first_event").check(5.0, "the first event")
    with pytest.raises(PromiseBroken, match=r"the first event took 5\.01 s; limit-first_event allows 5 s"):
        limit("first_event").check(5.01, "the first event")


def test_an_unknown_limit_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="limit-agent_run_standard"):
        limit("speed")


def test_a_figure_that_the_limit_has_not_lists_those_it_has() -> None:
    with pytest.raises(UsageError, match="mean_s, p95_s, p99_s"):
        _ = limit("response_time").max_s

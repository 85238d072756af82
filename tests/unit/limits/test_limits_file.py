"""The limits are read from one file, and say what is wrong when asked for what is not there."""

from pathlib import Path

import pytest

from goldenpath.errors import UsageError
from goldenpath.limits import limit
from goldenpath.limits.book import read_limits


def test_a_limit_is_found_with_and_without_its_prefix() -> None:
    assert limit("first_event") is limit("limit-first_event")
    assert limit("first_event").max_s == 5


def test_an_unknown_limit_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="limit-agent_run_standard"):
        limit("speed")


def test_a_figure_that_the_limit_has_not_lists_those_it_has() -> None:
    with pytest.raises(UsageError, match="mean_s, p95_s, p99_s"):
        _ = limit("response_time").max_s


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[limit-x]\nmax_s = 'fast'", r"\[limit-x\]: 'max_s' cannot be 'fast'. Write for example: max_s = 5"),
        ("[limit-x]\nmaximum = 5", r"\[limit-x\]: unknown key 'maximum'. A figure is called max_s"),
        ("[limit-x]\nn = 59", "'n' cannot be 59. Write for example: n = { p95 = 59 }"),
        ("[speed]\nmax_s = 5", r"'speed' is no limit. Write a table: \[limit-speed\]"),
        ("max_s = ", "not readable as TOML"),
    ],
)
def test_a_wrong_file_is_told_with_key_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=told):
        read_limits(file)


def test_figures_of_several_things_are_told_apart() -> None:
    assert [bound.name for bound in limit("scenario_duration").bounds("journey")] == ["journey_max_s"]
    assert {bound.statistic for bound in limit("scenario_duration").bounds("integration")} == {"mean", "max"}
    with pytest.raises(UsageError, match="integration, journey"):
        limit("scenario_duration").bounds()


def test_each_limit_of_the_file_has_a_figure() -> None:
    assert len(read_limits()) >= 19
    for one in read_limits().values():
        groups = ("integration", "journey") if one.id == "limit-scenario_duration" else ("",)
        assert all(one.bounds(group) for group in groups)

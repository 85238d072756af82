"""A figure is found as it is written for people, and not inside another one."""

from decimal import Decimal
from typing import Any

import pytest

from goldenpath.history.figures import holds, orphans, says, stated_figures

VALUE = Decimal("1234.50")


@pytest.mark.parametrize("text", ["You spent 1234.50 USD.", "You spent 1,234.50 USD.", "It was $1,234.5, all told"])
def test_a_figure_is_found_in_words(text: str) -> None:
    assert says(text, VALUE)


@pytest.mark.parametrize("text", ["11,234.50 USD", "1234.501 USD", "1,234.51 USD", "some USD", ""])
def test_another_figure_is_not_taken_for_it(text: str) -> None:
    assert not says(text, VALUE)


@pytest.mark.parametrize("result", [1234.5, {"total": 1234.499999}, {"by_model": [{"cost": 7}, {"cost": 1234.4951}]}])
def test_a_tool_may_give_more_places(result: Any) -> None:
    assert holds(result, VALUE)


@pytest.mark.parametrize("result", [None, True, "1234.50", {}, [], {"total": 1234.51}, {"total": 1234.494}])
def test_a_tool_that_gave_another_figure_does_not_hold_it(result: Any) -> None:
    assert not holds(result, VALUE)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("You spent 1,234.50 USD on gpt-4o in May 2026.", ["1234.50", "2026"]),
        ("From 2026-05-01 to 2026-05-31: 12%, $7 and -3.5.", ["12", "7", "3.5"]),
        ("claude-3-5-sonnet and gpt-3.5-turbo v2 are names", []),
        ("llama 3 costs 9", ["9"]),
    ],
)
def test_figures_are_told_from_names_and_dates(text: str, stated: list[str]) -> None:
    assert stated_figures(text, ["llama 3"]) == [Decimal(figure) for figure in stated]


def test_a_figure_may_be_rounded_to_its_own_places_and_no_further() -> None:
    sources = [Decimal("1234.499999"), Decimal(-10)]
    assert orphans(map(Decimal, ("1234.50", "1234.5", "1234", "10")), sources) == []
    wrong = [Decimal(figure) for figure in ("1234.51", "1235", "1246.84", "1230")]
    assert orphans(wrong, sources) == wrong

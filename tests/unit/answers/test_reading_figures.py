"""Figures are read out of prose with unit, meaning and denial; digits that are no figures are left alone."""

from decimal import Decimal

import pytest

from goldenpath.answers.figures import numbers_in, stated_figures
from goldenpath.answers.words import models_in, months_in, names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You spent 1,234.50 USD on gpt-4o in May 2026.", [("1234.50", "USD", "total_cost", False)]),
        ("gpt-4o cost you $12.30, which is a lot.", [("12.30", "USD", "total_cost", False)]),
        ("The bill was USD 7.", [("7", "USD", "total_cost", False)]),
        ("That saves €3.5k a month.", [("3500", "EUR", "monthly_saving", False)]),
        ("Input tokens: 12,345.", [("12345", "tokens", "input_tokens", False)]),
        ("It wrote 99 output tokens.", [("99", "tokens", "output_tokens", False)]),
        ("You did not spend 5.00 USD.", [("5.00", "USD", "total_cost", True)]),
        ("It doesn't save 5.00 USD.", [("5.00", "USD", "monthly_saving", True)]),
        ("Not only did you spend 5.00 USD, it grew.", [("5.00", "USD", "total_cost", False)]),
        ("Mean latency: 842.1 ms.", [("842.1", "ms", "mean_latency", False)]),
        ("From 2026-05-01 to 2026-05-31, and on 3 May 2026, nothing with claude-haiku-4.", []),
        ("1. Move gpt-4o to gpt-4o-mini.\n2. Wait.", []),
        ("| Cost | 12.30 USD |", [("12.30", "USD", "total_cost", False)]),
        ("The budget is exceeded by 20.00 USD.", [("20.00", "USD", "budget_left", False)]),
    ],
)  # fmt: skip
def test_figures_of_a_text(text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    found = [(figure.value, figure.unit, figure.metric, figure.denied) for figure in stated_figures(text)]
    assert found == [(Decimal(value), unit, metric, denied) for value, unit, metric, denied in expected]


def test_a_rounded_figure_stands_for_a_range_and_a_written_one_does_not() -> None:
    short, exact = stated_figures("1.2 million tokens, 1,200,000 tokens")
    assert short.is_figure_of(Decimal(1_234_567))
    assert not short.is_figure_of(Decimal(1_260_000))
    assert not exact.is_figure_of(Decimal(1_234_567))


def test_a_figure_may_be_written_with_fewer_places_than_it_has() -> None:
    (figure,) = stated_figures("It cost 12.35 USD.")
    assert figure.is_figure_of(Decimal("12.3456"))
    assert not figure.is_figure_of(Decimal("12.34"))


def test_names_of_models_are_whole() -> None:
    assert names("we use gpt-4o.", "gpt-4o")
    assert names("we use GPT 4o today", "gpt-4o")
    assert not names("we use gpt-4o-mini", "gpt-4o")
    assert not names("we use gpt-4.5", "gpt-4")
    assert models_in("gpt-4o-mini, Claude-Haiku-4 and o3-mini") == {"gpt-4o-mini", "claude-haiku-4", "o3-mini"}


def test_months_are_found_in_words_and_in_figures() -> None:
    assert months_in("In May 2026 and on 2026-06-30, not in sept.") == {5, 6, 9}
    assert months_in("You may march on.") == set()


def test_numbers_are_found_at_every_depth() -> None:
    assert numbers_in({"a": [1, "2.50", None, True, {"b": 3.25}], "c": "gpt-4"}) == [
        Decimal(1),
        Decimal("2.50"),
        Decimal("3.25"),
    ]

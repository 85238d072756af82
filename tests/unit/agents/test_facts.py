"""A text is let through only if it says the facts, and no other figure."""

from datetime import date
from typing import Any

import pytest

from sut.agents.facts import Facts
from sut.agents.metrics import finding
from sut.agents.periods import Period
from sut.agents.question_rules import Subject
from sut.agents.report import compose_summary
from sut.agents.understanding import Understanding


def facts(intent: Any = "spend", **more: Any) -> Facts:
    named: dict[str, Any] = {
        "understood": Understanding(intent, Period.month(2026, 5), Subject(model="gpt-4o")),
        "findings": [
            finding("total_cost", 1234.5, "USD", "a"),
            finding("total_requests", 5, "requests", "b"),
            finding("mean_latency_ms", 810.5, "ms", "b"),
            finding("budget_left", -34.5, "USD", "a"),
        ],
        "recommendations": [
            {"action": "switch_model", "model_from": "gpt-4o", "model_to": "gpt-4o-mini", "monthly_saving": 1000.25}
        ],
        "total_monthly_saving": 1000.25,
    }
    return Facts(**{**named, **more})


@pytest.mark.parametrize("intent", ["spend", "cost_breakdown", "savings", "usage", "latency"])
def test_composed_summary_keeps_to_the_facts(intent: str) -> None:
    assert facts(intent).wrongs(compose_summary(facts(intent))) == []


@pytest.mark.parametrize(
    ("intent", "second"), [("savings", "Moving"), ("usage", "Requests"), ("latency", "Mean latency")]
)
def test_what_was_asked_comes_right_after_the_opening(intent: str, second: str) -> None:
    opening, then, *_ = facts(intent).sentences()
    assert opening == "You spent 1,234.50 USD on gpt-4o in May 2026."
    assert then.startswith(second)


@pytest.mark.parametrize(("last", "words"), [(4, "on 2026-05-04."), (9, "from 2026-05-04 to 2026-05-09.")])
def test_days_stand_well_in_a_sentence(last: int, words: str) -> None:
    period = Period(date(2026, 5, 4), date(2026, 5, last))
    some_days = facts(understood=Understanding("spend", period, Subject()))
    assert some_days.sentences()[0].endswith(f"on all models {words}")
    assert some_days.wrongs(compose_summary(some_days)) == []


GOOD = (
    "In May 2026, gpt-4o cost $1234.50 for 5 requests at 810.5 ms; that is 34.50 over budget."
    " GPT-4o-mini would save 1,000.25 USD a month."
)


@pytest.mark.parametrize("text", [GOOD, GOOD + " (Days 2026-05-01 to 2026-05-31.)", GOOD.replace("1234.50", "1,234.5")])
def test_right_texts(text: str) -> None:
    assert facts().wrongs(text) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (GOOD + " That is 12 % more.", "the figure 12 is no fact"),
        (GOOD + " You use 3 models.", "the figure 3 is no fact"),
        (GOOD + " Consider gpt-5.", "gpt-5 is no subject of it"),
        (GOOD.replace("1234.50", "1.2k"), "the figure 1.2 is no fact"),
        (GOOD.replace("1234.50", "1234.51"), "the figure 1,234.51 is no fact"),
        (GOOD.replace(" at 810.5 ms", ""), "the figure 810.5 is left out"),
        (GOOD.replace("May 2026", "May"), "May 2026 is not named"),
        (GOOD.replace("gpt-4o cost", "it cost").replace("GPT-4o-mini", "a small model"), "gpt-4o is not named"),
        ("", "gpt-4o is not named"),
    ],
)
def test_wrong_texts(text: str, wrong: str) -> None:
    found = facts().wrongs(text)
    assert any(wrong in item for item in found), found


def test_missing_savings_are_not_invented() -> None:
    summary = compose_summary(facts(recommendations=[], total_monthly_saving=None))
    assert "saving" not in summary
    assert "No cheaper model" in compose_summary(facts(recommendations=[], total_monthly_saving=0.0))

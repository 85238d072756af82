"""What a thread said before holds until changed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sut.agents.interface import Turn
from sut.agents.periods import Period
from sut.agents.question_rules import Subject
from sut.agents.understanding import Understanding, recall, understand

NEWEST, TODAY = date(2026, 6, 30), date(2026, 11, 21)
MAY, JUNE = Period.month(2026, 5), Period.month(2026, 6)


def understood(*questions: str, suggested: dict[str, Any] | None = None) -> Understanding:
    *earlier, last = questions
    memory = recall([Turn("user", question) for question in earlier], NEWEST, TODAY)
    return understand(last, memory, suggested, NEWEST, TODAY)


def test_everything_named() -> None:
    found = understood("How much did we spend on gpt-4o in May? Our budget is $100.")
    assert found == Understanding("spend", MAY, Subject(model="gpt-4o"), Decimal(100))
    assert Understanding.from_dict(found.as_dict()) == found


def test_nothing_named_means_spend_of_all_models_in_the_newest_month() -> None:
    assert understood("Hello!") == Understanding("spend", JUNE, Subject())


@pytest.mark.parametrize(
    ("follow_up", "expected"),
    [
        ("And in June?", Understanding("savings", Period.month(2025, 6), Subject(model="gpt-4o"), Decimal(100))),
        (
            "and for claude-sonnet-4?",
            Understanding("savings", Period.month(2025, 5), Subject(model="claude-sonnet-4"), Decimal(100)),
        ),
        ("at Google?", Understanding("savings", Period.month(2025, 5), Subject(provider="google"), Decimal(100))),
        ("and all models?", Understanding("savings", Period.month(2025, 5), Subject(), Decimal(100))),
        ("What did it cost?", Understanding("spend", Period.month(2025, 5), Subject(model="gpt-4o"), Decimal(100))),
        ("Now the budget is $70.", Understanding("spend", Period.month(2025, 5), Subject(model="gpt-4o"), Decimal(70))),
        ("Ignore the budget", Understanding("spend", Period.month(2025, 5), Subject(model="gpt-4o"), None)),
    ],
)
def test_follow_up_keeps_what_it_does_not_change(follow_up: str, expected: Understanding) -> None:
    assert understood("What could we save on gpt-4o in May 2025 with a budget of $100?", follow_up) == expected


@pytest.mark.parametrize("turns", [1, 4, 20, 40])
def test_memory_holds_for_many_turns(turns: int) -> None:
    found = understood("Spend on gpt-4o in May, budget $100", *["Tell me more."] * turns, "And now?")
    assert found == Understanding("spend", MAY, Subject(model="gpt-4o"), Decimal(100))


def test_llm_completes_what_the_question_leaves_out() -> None:
    suggested = {
        "intent": "latency",
        "period": {"from": "2026-02-01", "to": "2026-02-28"},
        "subject": {"model": "GPT 4o", "provider": None},
    }
    assert understood("How was the month of the carnival?", suggested=suggested) == Understanding(
        "latency", Period.month(2026, 2), Subject(model="gpt-4o")
    )


def test_question_is_believed_rather_than_the_llm() -> None:
    suggested = {"intent": "latency", "period": {"from": "2026-02-01", "to": "2026-02-28"}, "subject": {"model": "o3"}}
    found = understood("What did gpt-4o cost in May?", suggested=suggested)
    assert found == Understanding("spend", MAY, Subject(model="gpt-4o"))


@pytest.mark.parametrize(
    "suggested",
    [
        {"intent": "poetry", "period": {"from": "2026-02-30", "to": "x"}, "subject": {"model": 7}},
        {"intent": ["spend"], "period": {"from": "2026-06-01", "to": "2026-05-01"}, "subject": []},
        {"intent": {}, "period": {"from": "0001-01-01", "to": "9999-12-31"}, "subject": {"provider": "acme"}},
        {"period": "May", "subject": {"model": "gpt\n'; DROP TABLE"}},
    ],
)
def test_invalid_fields_of_the_llm_count_for_nothing(suggested: dict[str, Any]) -> None:
    assert understood("Spend on gpt-4o in May", "Hm?", suggested=suggested) == Understanding(
        "spend", MAY, Subject(model="gpt-4o")
    )


def test_period_that_an_answer_was_about_is_remembered() -> None:
    result = {"period": {"from": "2026-02-01", "to": "2026-02-28"}}
    history = [Turn("user", "The month of the carnival?"), Turn("assistant", "...", result)]
    found = understand("And gpt-4o?", recall(history, NEWEST, TODAY), None, NEWEST, TODAY)
    assert (found.period, found.subject) == (Period.month(2026, 2), Subject(model="gpt-4o"))

"""What the rules read out of a question."""

import time
from datetime import date
from decimal import Decimal

import pytest

from sut.agents.period_rules import Clock, find_period
from sut.agents.periods import Period
from sut.agents.question_rules import Budget, Subject, read_question

NEWEST, TODAY = date(2026, 6, 30), date(2026, 11, 21)


def days(text: str) -> Period:
    first, last = text.split("..")
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("What did we spend in May 2026?", "2026-05-01..2026-05-31"),
        ("What did we spend in May?", "2026-05-01..2026-05-31"),
        ("what did we spend in may?", "2026-05-01..2026-05-31"),
        ("May I see what we spent in June?", "2026-06-01..2026-06-30"),
        ("And June?", "2026-06-01..2026-06-30"),
        ("And in February, 2024?", "2024-02-01..2024-02-29"),
        ("in September", "2026-09-01..2026-09-30"),
        ("in December", "2025-12-01..2025-12-31"),
        ("last month", "2026-05-01..2026-05-31"),
        ("this month", "2026-06-01..2026-06-30"),
        ("last week", "2026-06-22..2026-06-28"),
        ("last quarter", "2026-01-01..2026-03-31"),
        ("last year", "2025-01-01..2025-12-31"),
        ("year to date", "2026-01-01..2026-06-30"),
        ("the last 30 days", "2026-06-01..2026-06-30"),
        ("the past 2 weeks", "2026-06-17..2026-06-30"),
        ("the last 3 months", "2026-04-01..2026-06-30"),
        ("Q1 2026", "2026-01-01..2026-03-31"),
        ("in Q2", "2026-04-01..2026-06-30"),
        ("the first quarter of 2025", "2025-01-01..2025-03-31"),
        ("2026-05", "2026-05-01..2026-05-31"),
        ("in 2025", "2025-01-01..2025-12-31"),
        ("on 2026-05-03", "2026-05-03..2026-05-03"),
        ("from 2026-05-03 to 2026-05-09", "2026-05-03..2026-05-09"),
        ("from 2026-05-09 to 2026-05-03", "2026-05-03..2026-05-09"),
        ("from April to June 2026", "2026-04-01..2026-06-30"),
        ("from April 2026 to June", "2026-04-01..2026-06-30"),
        ("between March and May", "2026-03-01..2026-05-31"),
        ("in April and May", "2026-04-01..2026-05-31"),
        ("from 3 May to 9 May 2026", "2026-05-03..2026-05-09"),
        ("from May 3rd to May 9th", "2026-05-03..2026-05-09"),
        ("from 15 April to 2 May", "2026-04-15..2026-05-02"),
        ("since April", "2026-04-01..2026-06-30"),
        ("2026-05-01 – 2026-05-02", "2026-05-01..2026-05-02"),
        ("for gpt-4o-2024-08-06 in May", "2026-05-01..2026-05-31"),
        ("a budget of 2025 dollars in May", "2026-05-01..2026-05-31"),
    ],
)
def test_period(question: str, period: str) -> None:
    assert find_period(read_question(question).rest, Clock(NEWEST, TODAY)) == days(period)


@pytest.mark.parametrize(
    "question",
    [
        "What may we expect?",
        "May I ask?",
        "We march on",
        "2026-13",
        "2026-02-30",
        "31 February",
        "In 1999",
        "12345",
        "",
    ],
)
def test_no_period(question: str) -> None:
    assert find_period(read_question(question).rest, Clock(NEWEST, TODAY)) is None


def test_year_of_the_conversation_counts_for_a_bare_month() -> None:
    assert find_period("And in June?", Clock(NEWEST, TODAY, year=2025)) == Period.month(2025, 6)


@pytest.mark.parametrize(
    ("period", "label", "months"),
    [
        ("2026-05-01..2026-05-31", "May 2026", 1),
        ("2026-01-01..2026-03-31", "Q1 2026", 3),
        ("2026-01-01..2026-12-31", "2026", 12),
        ("2026-05-03..2026-05-03", "2026-05-03", 1 / 31),
        ("2026-04-16..2026-05-31", "2026-04-16 to 2026-05-31", 1.5),
    ],
)
def test_label_and_months(period: str, label: str, months: float) -> None:
    assert days(period).label == label
    assert float(days(period).months) == pytest.approx(months)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("How much did we spend on gpt-4o in May?", "spend"),
        ("What did the tokens cost?", "spend"),
        ("Break our bill down by model", "cost_breakdown"),
        ("Which model is the most expensive?", "cost_breakdown"),
        ("How much could we save?", "savings"),
        ("Is there something cheaper?", "savings"),
        ("How many tokens did we use?", "usage"),
        ("How slow was it?", "latency"),
        ("And in June?", None),
    ],
)
def test_intent(question: str, intent: str | None) -> None:
    assert read_question(question).intent == intent


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("spend on gpt-4o", Subject(model="gpt-4o")),
        ("spend on GPT 4o mini?", Subject(model="gpt-4o-mini")),
        ("and claude sonnet 4.", Subject(model="claude-sonnet-4")),
        ("gemini-2.5-pro, please", Subject(model="gemini-2.5-pro")),
        ("gpt-5.1-codex", Subject(model="gpt-5.1-codex")),
        ("o3-mini", Subject(model="o3-mini")),
        ("claude-haiku-4-5", Subject(model="claude-haiku-4-5")),
        ("at Anthropic", Subject(provider="anthropic")),
        ("for all models", Subject()),
        ("gpt-4o and gpt-4o-mini", Subject()),
        ("if we moved gpt-4o to gpt-4o-mini", Subject(model="gpt-4o", model_to="gpt-4o-mini")),
        ("use gpt-4o-mini instead of gpt-4o", Subject(model="gpt-4o", model_to="gpt-4o-mini")),
        ("in May", None),
    ],
)
def test_subject(question: str, subject: Subject | None) -> None:
    assert read_question(question).subject == subject


@pytest.mark.parametrize(
    ("question", "budget"),
    [
        ("Our budget is $1,200.50 a month", Budget(Decimal("1200.50"))),
        ("with a budget of 500 USD", Budget(Decimal(500))),
        ("a $500 monthly budget", Budget(Decimal(500))),
        ("we have 2k USD budget", Budget(Decimal(2000))),
        ("keep it under $300", Budget(Decimal(300))),
        ("stay below 300 dollars", Budget(Decimal(300))),
        ("forget the budget", Budget(None)),
        ("What is the budget in 2026?", None),
        ("under 300 requests", None),
        ("in May", None),
    ],
)
def test_budget(question: str, budget: Budget | None) -> None:
    assert read_question(question).budget == budget


@pytest.mark.parametrize(
    "piece", ["9", "9,", "gpt-", "may ", "2026-", "under $", " ", "a.", "claude-a.", "from May to "]
)
def test_hostile_text_costs_no_time(piece: str) -> None:
    text = piece * (4000 // len(piece))
    started = time.process_time()
    find_period(read_question(text).rest, Clock(NEWEST, TODAY))
    assert time.process_time() - started < 0.25

"""What is understood of a question: its own words first, then the LLM's, then what the thread said before."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from sut.agents.interface import Turn
from sut.agents.period_rules import Clock, find_period
from sut.agents.periods import Period
from sut.agents.question_rules import INTENTS, PROVIDERS, Intent, Reading, Subject, known_model, read_question

# The rules read the beginning and the end of a long message: in between stands pasted matter, and time is everybody's.
_READ_EACH_END = 2000
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_MODEL_NAME = re.compile(r"[a-z][\w.:/ -]{1,63}", re.I)


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question, ready to be answered: nothing in it is open any more.

    Args:
        intent: What is asked for.
        period: The days it is about.
        subject: Whose usage it is about, and the model to move to where the user named one.
        monthly_budget: USD, or ``None``.
    """

    intent: Intent
    period: Period
    subject: Subject
    monthly_budget: Decimal | None = None

    @property
    def subject_label(self) -> str:
        """The subject in words."""
        return self.subject.model or self.subject.provider or "all models"

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON, as the triage step hands it over."""
        return {
            "intent": self.intent,
            "period": {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()},
            "provider": self.subject.provider,
            "model": self.subject.model,
            "model_to": self.subject.model_to,
            "monthly_budget": None if self.monthly_budget is None else str(self.monthly_budget),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """Read what `as_dict` gave."""
        budget = stored["monthly_budget"]
        return cls(
            intent=stored["intent"],
            period=Period(date.fromisoformat(stored["period"]["from"]), date.fromisoformat(stored["period"]["to"])),
            subject=Subject(stored["provider"], stored["model"], stored["model_to"]),
            monthly_budget=None if budget is None else Decimal(budget),
        )


@dataclass(frozen=True, slots=True)
class Memory:
    """What a thread has said so far; each of it holds until changed."""

    intent: Intent | None = None
    period: Period | None = None
    subject: Subject | None = None
    monthly_budget: Decimal | None = None

    def heard(self, reading: Reading, period: Period | None) -> "Memory":
        """Take in what a message says.

        Args:
            reading: What the rules found in it.
            period: The period that it names.

        Returns:
            The memory after it.
        """
        return Memory(
            intent=reading.intent or self.intent,
            period=period or self.period,
            subject=reading.subject or self.subject,
            monthly_budget=reading.budget.monthly if reading.budget else self.monthly_budget,
        )


def recall(history: Iterable[Turn], newest: date, today: date) -> Memory:
    """Go through a thread's earlier turns.

    Args:
        history: The turns, oldest first.
        newest: The newest day with usage.
        today: The current day.

    Returns:
        What holds at their end.
    """
    memory = Memory()
    for turn in history:
        if turn.role == "user":
            memory = memory.heard(*_read(turn.content, memory, newest, today))
        elif (answered := _period_of(turn.result)) is not None:
            # The answer's own period counts: the LLM may have understood one that the rules did not see.
            memory = Memory(memory.intent, answered, memory.subject, memory.monthly_budget)
    return memory


def understand(
    question: str, memory: Memory, suggested: dict[str, Any] | None, newest: date, today: date
) -> Understanding:
    """Settle what a question is about.

    Args:
        question: The message.
        memory: What the thread said before.
        suggested: The LLM's JSON, if it gave any; only its valid fields count.
        newest: The newest day with usage.
        today: The current day.

    Returns:
        The question with nothing left open; without any period the month of the newest usage counts.
    """
    reading, period = _read(question, memory, newest, today)
    suggested = suggested or {}
    budget = reading.budget.monthly if reading.budget else memory.monthly_budget
    return Understanding(
        intent=reading.intent or _valid_intent(suggested.get("intent")) or memory.intent or "spend",
        period=period or _period_of(suggested) or memory.period or Period.month(newest.year, newest.month),
        subject=reading.subject or _valid_subject(suggested.get("subject")) or memory.subject or Subject(),
        monthly_budget=budget,
    )


def _read(text: str, memory: Memory, newest: date, today: date) -> tuple[Reading, Period | None]:
    if len(text) > 2 * _READ_EACH_END:
        text = f"{text[:_READ_EACH_END]} {text[-_READ_EACH_END:]}"
    reading = read_question(text)
    clock = Clock(newest, today, memory.period.last.year if memory.period else None)
    return reading, find_period(reading.rest, clock)


def _period_of(stored: dict[str, Any] | None) -> Period | None:
    """Read ``period{from, to}`` of a result or of the LLM's JSON, if it is a valid one."""
    try:
        named = (stored or {})["period"]
        first, last = date.fromisoformat(named["from"]), date.fromisoformat(named["to"])
    except (LookupError, TypeError, ValueError):
        return None
    in_range = first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR
    return Period(first, last) if first <= last and in_range else None


def _valid_intent(named: Any) -> Intent | None:
    return next((intent for intent in INTENTS if intent == named), None)


def _valid_subject(named: Any) -> Subject | None:
    if not isinstance(named, dict):
        return None
    model, provider = named.get("model"), named.get("provider")
    if isinstance(model, str) and _MODEL_NAME.fullmatch(model):
        return Subject(model=known_model(model))
    if isinstance(provider, str) and provider.lower() in PROVIDERS:
        return Subject(provider=provider.lower())
    return None

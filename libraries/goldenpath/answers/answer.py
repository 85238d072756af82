"""An answer and the question it belongs to, in a form that no platform's dialect shows through."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# The mark that our questions carry for the mocked language model is no part of what was asked.
_MARK = re.compile(r"\s*\[\[[^\]]*\]\]")


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that is known to be true, by SQL over the user's own data or from a tool's result.

    Args:
        metric: What it is a figure of, for example ``total_cost``.
        value: The figure.
        unit: ``USD``, ``tokens``, ``requests``, ``ms``.
    """

    metric: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as far as a test knows it.

    Args:
        text: The question's words.
        subject: What it is about, for example ``gpt-4o``; empty: everything.
        months: The months it is about, 1 to 12; empty: it names none.
        facts: What a right answer has to state.
    """

    text: str
    subject: str = ""
    months: frozenset[int] = frozenset()
    facts: tuple[Fact, ...] = ()

    def words(self) -> str:
        """The question without its marks."""
        return _MARK.sub("", self.text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        text: The prose.
        findings: As in contract section 5; empty on a platform whose answers are prose only.
        recommendations: Likewise.
        tool_results: What each tool call gave, by tool_call_id.
        status: How the run ended: ``completed``, ``degraded``, ``failed``; empty: not told.
        period: The days it says it is about, ``{"from", "to"}``.
    """

    text: str
    findings: Sequence[Mapping[str, Any]] = ()
    recommendations: Sequence[Mapping[str, Any]] = ()
    tool_results: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    period: Mapping[str, str] = field(default_factory=dict)

"""Facts: what a run found, as sentences, and the check that a text says these and no other figures."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sut.agents.agent import HandOver
from sut.agents.metrics import (
    BUDGET_LEFT,
    COST_BY_MODEL,
    INPUT_TOKENS,
    MEAN_LATENCY,
    MONTHLY_BUDGET,
    OUTPUT_TOKENS,
    TOTAL_COST,
    TOTAL_REQUESTS,
)
from sut.agents.question_rules import Intent, models_in
from sut.agents.understanding import Understanding

_NAMES = {
    TOTAL_REQUESTS: "Requests",
    INPUT_TOKENS: "Input tokens",
    OUTPUT_TOKENS: "Output tokens",
    MEAN_LATENCY: "Mean latency",
    MONTHLY_BUDGET: "Monthly budget",
}
_ASKED_FIRST: dict[Intent, tuple[str, ...]] = {
    "spend": (),
    "cost_breakdown": (COST_BY_MODEL,),
    "savings": (),
    "usage": (TOTAL_REQUESTS, INPUT_TOKENS, OUTPUT_TOKENS),
    "latency": (MEAN_LATENCY,),
}
_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the report may say.

    Args:
        understood: The question.
        findings: As in contract section 5.
        recommendations: As in contract section 5.
        total_monthly_saving: USD; ``None`` when savings were not worked out.
    """

    understood: Understanding
    findings: list[dict[str, Any]]
    recommendations: list[dict[str, Any]]
    total_monthly_saving: float | None

    @classmethod
    def of(cls, handed: HandOver) -> "Facts":
        """Collect the facts from what the agents handed over; Triage must have.

        Args:
            handed: Results by agent.

        Returns:
            The facts.
        """
        optimization = handed.get("optimization", {})
        return cls(
            understood=Understanding.from_dict(handed["triage"]["understood"]),
            findings=handed.get("data", {}).get("findings", []),
            recommendations=optimization.get("recommendations", []),
            total_monthly_saving=optimization.get("total_monthly_saving"),
        )

    def sentences(self) -> list[str]:
        """Put the facts into words, what was asked for first.

        Returns:
            One sentence a fact; the first names subject and period.
        """
        asked = _ASKED_FIRST[self.understood.intent]
        findings = sorted(self.findings, key=lambda item: not str(item["metric"]).startswith(asked) if asked else False)
        stated = [_finding_sentence(item) for item in findings if not self._told_by_opening(str(item["metric"]))]
        saving = self._saving_sentences()
        body = saving + stated if self.understood.intent == "savings" else stated + saving
        return [self._opening(), *body]

    def wrongs(self, text: str) -> list[str]:
        """Check a text that claims to state these facts.

        Args:
            text: The text.

        Returns:
            What is wrong with it: figures that are no facts, facts that it leaves out; empty when it is right.
        """
        names = [str(item["metric"]).removeprefix(COST_BY_MODEL) for item in self.findings]
        names += [advice[key] for advice in self.recommendations for key in ("model_from", "model_to")]
        names += [self.understood.subject_label, self.understood.period.label]
        period = self.understood.period
        names += [period.first.isoformat(), period.last.isoformat()]
        lowered = text.lower()
        wrongs = [
            f"{name} is not named"
            for name in (self.understood.subject_label, self.understood.period.label)
            if name.lower() not in lowered
        ]
        wrongs += [f"{model} is no subject of it" for model in models_in(lowered) if model not in names]
        facts = self._figures()
        said = set(_figures_in(lowered, names))
        allowed = {Decimal(period.first.year)}
        wrongs += [f"the figure {figure:,} is no fact" for figure in sorted(said - facts - allowed)]
        return wrongs + [f"the figure {figure:,} is left out" for figure in sorted(facts - said)]

    def _opening(self) -> str:
        about = f"{self.understood.subject_label} {self.understood.period.adverbial}"
        cost = self._value(TOTAL_COST)
        opening = f"This is about {about}." if cost is None else f"You spent {_money(cost)} on {about}."
        return f"{opening} No usage is recorded for it." if self._value(TOTAL_REQUESTS) == 0 else opening

    def _told_by_opening(self, metric: str) -> bool:
        only_model = self.understood.subject.model is not None and metric.startswith(COST_BY_MODEL)
        return metric == TOTAL_COST or (only_model and self._value(TOTAL_COST) is not None)

    def _figures(self) -> set[Decimal]:
        values = [item["value"] for item in self.findings]
        values += [advice["monthly_saving"] for advice in self.recommendations]
        if self.total_monthly_saving is not None:
            values.append(self.total_monthly_saving)
        return {abs(Decimal(str(value))) for value in values}

    def _value(self, metric: str) -> Any:
        return next((item["value"] for item in self.findings if item["metric"] == metric), None)

    def _saving_sentences(self) -> list[str]:
        if self.total_monthly_saving is None:
            return []
        if not self.recommendations:
            return [f"No cheaper model was found for it; the saving is {_money(self.total_monthly_saving)} a month."]
        advice = [
            f"Moving {item['model_from']} to {item['model_to']} would save {_money(item['monthly_saving'])} a month."
            for item in self.recommendations
        ]
        together = f"Together that is {_money(self.total_monthly_saving)} a month."
        return [*advice, together] if len(advice) > 1 else advice


def _finding_sentence(item: dict[str, Any]) -> str:
    metric, value, unit = str(item["metric"]), item["value"], item["unit"]
    if metric == BUDGET_LEFT:
        return (
            f"{_money(value)} of the budget is left." if value >= 0 else f"The budget is exceeded by {_money(-value)}."
        )
    if metric.startswith(COST_BY_MODEL):
        return f"Cost of {metric.removeprefix(COST_BY_MODEL)}: {_money(value)}."
    if unit == "USD":
        return f"{_NAMES[metric]}: {_money(value)}."
    return f"{_NAMES[metric]}: {value:,}{' ms' if unit == 'ms' else ''}."


def _money(value: float) -> str:
    return f"{value:,.2f} USD"


def _figures_in(text: str, names: Iterable[str]) -> list[Decimal]:
    """Find the figures in a text; digits inside names (gpt-4o, 2026-05-01) are none."""
    for name in sorted({name.lower() for name in names}, key=len, reverse=True):
        text = text.replace(name, " ")
    return [Decimal(figure.replace(",", "")) for figure in _FIGURE.findall(text)]

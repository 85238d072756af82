"""Answers by a second hand, filled with the figures of a made-up month; the texts stand in the TOML files beside."""

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from goldenpath.answers.agreement import forgotten
from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.figures import METRIC_UNITS
from goldenpath.answers.grounded import ungrounded
from goldenpath.answers.kinds import Kind, kind_of
from goldenpath.answers.samples import Case, make_case
from goldenpath.answers.useful import not_actionable, off_topic
from goldenpath.answers.words import MONTHS
from goldenpath.usage_data import MODELS

_CENT, _WHOLE = Decimal("0.01"), Decimal(1)
_MONEY: tuple[Callable[[Decimal], str], ...] = (
    lambda value: f"${value:,.2f}",
    lambda value: f"{value:,.2f} USD",
    lambda value: f"USD {value:.2f}",
    lambda value: f"{value:,.2f} dollars",
)
_PROVIDERS = {"openai": "OpenAI", "anthropic": "Anthropic", "google": "Google"}
_DEFAULT = {"total_cost": "cost", "monthly_saving": "saving"}
_PADDING = (
    "Every team is different, and there are many sides to look at before a decision is taken.",
    "It often helps to sit down together and talk about what matters to the people who use the product.",
    "Quality has many faces, and a good overview is worth more than a hasty conclusion.",
    "In times like these it pays to keep an open mind and to review what has been agreed upon.",
    "A healthy mixture of curiosity and care has never harmed an organisation.",
)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One answer to judge."""

    kind: str
    question: Question
    answer: Answer
    budget: Fact
    by: tuple[str, ...]
    limit: bool = False


def read(name: str) -> list[dict[str, Any]]:
    """The answers, ``good`` or ``bad``, not filled in yet."""
    files = sorted(Path(__file__).parent.glob(f"held_out_{name}*.toml"))
    return [entry for file in files for entry in tomllib.loads(file.read_text(encoding="utf-8"))["answer"]]


def judged(given: HeldOut, oracle: str) -> list[str]:
    """What an oracle has against an answer."""
    match oracle:
        case "grounded":
            return ungrounded(given.answer, given.question)
        case "on topic":
            return off_topic(given.answer, given.question)
        case "actionable":
            return not_actionable(given.answer, given.question)
        case "context kept":
            return forgotten(given.answer, [given.budget])
        case "real":
            kind = kind_of(given.answer)
            return [] if kind is Kind.ANSWER else [f"it is {kind}"]
    raise KeyError(oracle)


def fill(entry: dict[str, Any], seed: str, defaults: tuple[str, ...]) -> HeldOut:
    """Fill an answer with a made-up month."""
    chance = random.Random(seed)
    case = make_case(chance)
    figures = _Figures(case, chance)
    text = entry["text"].format_map(figures.written(chance.choice(_MONEY)))
    text = "\n".join([text] * entry.get("times", 1)) + "".join(_padding(entry.get("padding", 0), chance))
    subject, months = case.question.subject, set(case.question.months)
    tools = set(entry.get("tools", ()))
    about = entry.get("about")
    if about == "all":
        subject, tools = "", tools | {"breakdown"}
    elif about == "provider":
        subject, tools = figures.names["Provider"], tools | {"breakdown"}
    elif about == "two months":
        months, tools = {figures.month, figures.previous}, tools | {"previous"}
    asks = entry.get("asks", _DEFAULT)
    facts = tuple(Fact(metric, figures.values[name], METRIC_UNITS[metric]) for metric, name in asks.items())
    zero = {name for name, value in asks.items() if value == "zero"}
    answer = _answer(case, figures, tools, zero, advice=entry.get("advice", True))
    question = replace(case.question, subject=subject, months=frozenset(months), facts=facts)
    return HeldOut(
        entry.get("kind", "good"),
        question,
        replace(answer, text=text, status=entry.get("status", "completed")),
        Fact("monthly_budget", figures.values["budget"], "USD"),
        tuple(entry.get("by", defaults)),
        bool(entry.get("limit")),
    )


def _answer(case: Case, figures: "_Figures", tools: set[str], zero: set[str], *, advice: bool) -> Answer:
    """The case's own answer with what further tools gave, or without what there was none of."""
    answer = case.answer
    more: dict[str, Any] = {}
    if "breakdown" in tools:
        more["call-breakdown"] = {"total": float(figures.values["all_cost"]), "items": figures.breakdown}
    if "previous" in tools:
        more["call-previous"] = {"total_cost": float(figures.values["prev_cost"])}
    for name in {"budget", "low budget"} & tools:
        more["call-budget"] = {"monthly_budget": float(figures.values[name.replace(" ", "_")])}
    results = {**answer.tool_results, **more}
    findings = list(answer.findings)
    if not advice:
        results["call-savings"] = {"recommendations": [], "total_monthly_saving": 0.0}
        answer = replace(answer, recommendations=[])
    if "total_cost" in zero:
        results["call-usage"], results["call-cost"] = {"total_requests": 0}, {"total_cost": 0.0}
        findings = [{"metric": "total_cost", "value": 0.0, "unit": "USD", "source_tool_call_id": "call-cost"}]
    return replace(answer, tool_results=results, findings=findings)


class _Figures:
    """Everything that a text may name, right and wrong."""

    def __init__(self, case: Case, chance: random.Random) -> None:
        model = case.question.subject
        own = {name: fact.value for name, fact in case.figures.items()}
        other = {name: fact.value for name, fact in make_case(chance).figures.items()}
        cost, saving = own["total_cost"], own["monthly_saving"]
        self.month = min(case.question.months)
        self.previous = self.month - 1 or 12
        about = next(one for one in MODELS if one.name == model)
        rest = [one for one in MODELS if one.name not in (model, case.cheaper)]
        costs = {model: cost, case.cheaper: cost - saving + Decimal("3.21")}
        costs |= {one.name: Decimal(chance.randint(2000, 90000)) * _CENT for one in rest}
        ranked = sorted(costs, key=lambda name: -costs[name])
        neighbour = chance.choice(rest)
        other_provider = next(one.provider for one in rest if one.provider != about.provider)
        budget = (cost / 100).to_integral_value(ROUND_FLOOR) * 100 + 700
        low = max(Decimal(10), (cost / 20).to_integral_value(ROUND_FLOOR) * 10)
        share = saving * 100 / cost
        self.breakdown = [{"model": name, "total_cost": float(costs[name])} for name in ranked]
        self.breakdown += [{"provider": about.provider, "total_cost": float(costs[model] + costs[case.cheaper])}]
        self.values: dict[str, Decimal] = {
            "cost": cost, "saving": saving, "after": cost - saving, "yearly": saving * 12, "zero": Decimal(0),
            "per_day": (cost / _days(self.month)).quantize(_CENT, ROUND_HALF_UP),
            "cost_digit": _other_digit(cost, chance), "cost_swapped": _swapped(cost), "cost_x10": cost * 10,
            "cost_cent_off": cost + Decimal("0.02"), "cost_off": (cost * Decimal("1.03")).quantize(_CENT),
            "cost_below": cost - 3, "saving_off": (saving * Decimal("0.99")).quantize(_CENT) - _CENT,
            "yearly_off": saving * 12 + 7, "other_cost": other["total_cost"] + Decimal("0.17"),
            "other_saving": other["monthly_saving"] + Decimal("0.17"),
            "prev_cost": (cost * Decimal(chance.randint(105, 140)) / 100).quantize(_CENT),
            "neighbour_cost": costs[neighbour.name], "all_cost": sum(costs.values(), Decimal(0)),
            "provider_cost": costs[model] + costs[case.cheaper], "cheaper_cost": costs[case.cheaper],
            "budget": budget, "left": budget - cost, "low_budget": low, "over": cost - low,
            "budget_off": budget + 50, "left_off": budget - cost + 11,
            **{f"c{number}": costs[name] for number, name in enumerate(ranked, 1)},
        }  # fmt: skip
        counts = {
            "requests": own["total_requests"], "read": own["input_tokens"], "written": own["output_tokens"],
            "tokens": own["input_tokens"] + own["output_tokens"], "other_requests": other["total_requests"] + 3,
        }  # fmt: skip
        month = MONTHS[self.month - 1].title()
        self.names: dict[str, str] = {
            "model": model, "cheaper": case.cheaper, "neighbour": neighbour.name, "month": month, "mon": month[:3],
            "prev_month": MONTHS[self.previous - 1].title(), "year": "2026", "ym": f"2026-{self.month:02}",
            "first": f"2026-{self.month:02}-01", "last": f"2026-{self.month:02}-{_days(self.month)}",
            "spoken": model.upper().replace("GPT-4O", "GPT-4o") if "gpt" in model else model.replace("-", " ").title(),
            "Provider": _PROVIDERS[about.provider], "Other_provider": _PROVIDERS[other_provider],
            "cost_plain": f"{cost:,.2f}", "saving_plain": f"{saving:,.2f}",
            "cost0": f"${cost.quantize(_WHOLE, ROUND_HALF_UP):,}",
            "saving0": f"{saving.quantize(_WHOLE, ROUND_HALF_UP):,} USD",
            "cost_up": f"${(cost / 10).to_integral_value(ROUND_FLOOR) * 10 + 10:,}",
            "cost_cents": f"{int(cost):,} dollars and {int(cost % 1 * 100)} cents",
            "share": f"{share.quantize(_WHOLE, ROUND_HALF_UP)}",
            "share1": f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)}",
            "share_off": f"{share.quantize(_WHOLE, ROUND_HALF_UP) - 20}",
            "read_m": f"{own['input_tokens'] / 10**6:.1f}", "written_m": f"{own['output_tokens'] / 10**6:.1f}",
            "latency": str(own["mean_latency"]), "latency_s": f"{own['mean_latency'] / 1000:.2f}",
            **{name: f"{value:,}" for name, value in counts.items()},
            **{f"m{number}": name for number, name in enumerate(ranked, 1)},
        }  # fmt: skip
        self.values |= counts | {"latency": own["mean_latency"]}

    def written(self, money: Callable[[Decimal], str]) -> dict[str, str]:
        """The values as text."""
        return {name: money(value) for name, value in self.values.items()} | self.names


def _days(month: int) -> int:
    return (31, 28, 31, 30, 31, 30)[month - 1]


def _other_digit(value: Decimal, chance: random.Random) -> Decimal:
    """Change one digit before the point."""
    digits = f"{value:.2f}"
    at = chance.randrange(digits.index("."))
    return Decimal(f"{digits[:at]}{(int(digits[at]) + chance.randint(1, 8)) % 9 + 1}{digits[at + 1 :]}") + Decimal(
        "0.02"
    )


def _swapped(value: Decimal) -> Decimal:
    """Interchange the last two dollar digits, or shift both when they are alike."""
    tens, ones = divmod(int(value) % 100, 10)
    return value + (9 * (ones - tens) if tens != ones else 11)


def _padding(words: int, chance: random.Random) -> Iterator[str]:
    while words > 0:
        sentence = chance.choice(_PADDING)
        words -= len(sentence.split())
        yield f" {sentence}"

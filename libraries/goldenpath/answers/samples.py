"""Answers that are known to be good, in many manners of speaking: what the oracles must not reject."""

import calendar
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.words import MONTHS
from goldenpath.usage_data import MODELS, make_usage

CENT = Decimal("0.01")
_YEAR = 2026
# Every second model can be replaced by the one after it.
CHEAPER = {dear.name: cheap.name for dear, cheap in zip(MODELS[::2], MODELS[1::2], strict=True)}
_CALLS = ("call-usage", "call-cost", "call-savings")


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the true figures, and one good answer.

    Args:
        question: With the facts that it asks for.
        answer: A good one.
        figures: Every figure of the case, whether the answer states it or not.
        cheaper: The model to move to.
    """

    question: Question
    answer: Answer
    figures: dict[str, Fact]
    cheaper: str


@dataclass(frozen=True, slots=True)
class _Words:
    """What a manner of speaking has to say, ready to be put in."""

    model: str
    cheaper: str
    month: str
    year: int
    first: str
    last: str
    cost: str
    saving: str
    requests: str
    read: str
    written: str
    latency: str
    yearly: str
    share: str


_MANNERS: tuple[Callable[[_Words], str], ...] = (
    lambda t: (
        f"You spent {t.cost} on {t.model} in {t.month} {t.year}. Requests: {t.requests}. Input tokens: {t.read}."
        f" Output tokens: {t.written}. Moving {t.model} to {t.cheaper} would save {t.saving} a month."
    ),
    lambda t: (
        f"In {t.month} {t.year} your company spent {t.cost} on {t.model}: {t.requests} requests, {t.read} input"
        f" tokens and {t.written} output tokens. If you switch {t.model} to {t.cheaper}, you save {t.saving} a month."
    ),
    lambda t: (
        f"{t.model} cost you {t.cost} in {t.month} {t.year}, for {t.requests} requests. My advice: replace"
        f" {t.model} with {t.cheaper}, which saves {t.saving} per month."
    ),
    lambda t: (
        f"**{t.month} {t.year}, {t.model}**\n\n- Cost: {t.cost}\n- Requests: {t.requests}\n- Mean latency:"
        f" {t.latency} ms\n\nRecommendation: migrate {t.model} to {t.cheaper}; monthly saving {t.saving}."
    ),
    lambda t: (
        f"The bill for {t.model} in {t.month} {t.year} was {t.cost}. It came from {t.requests} calls that took"
        f" {t.latency} ms on average. Routing {t.model} traffic to {t.cheaper} would save {t.saving} every month."
    ),
    lambda t: (
        f"From {t.first} to {t.last} you paid {t.cost} for {t.model}. Its input was {t.read} tokens. Try moving"
        f" {t.model} to {t.cheaper}: that would save {t.saving} a month."
    ),
    lambda t: (
        f"Here is what I found. Total cost of {t.model} for {t.month} {t.year}: {t.cost}. Not only is that"
        f" avoidable: by moving {t.model} to {t.cheaper} you save {t.saving} a month without changing your prompts."
    ),
    lambda t: (
        f"1. You spent {t.cost} on {t.model} in {t.month} {t.year}.\n2. You made {t.requests} requests.\n3. You"
        f" can save {t.saving} a month by moving {t.model} to {t.cheaper}."
    ),
    lambda t: (
        f"Your {t.month} spending on {t.model} came to {t.cost}. That is {t.requests} requests. Use {t.cheaper}"
        f" in place of {t.model} and save {t.saving} monthly."
    ),
    lambda t: (
        f"| Figure | Value |\n| Cost of {t.model}, {t.month} {t.year} | {t.cost} |\n"
        f"| Requests | {t.requests} |\n\nSwitching {t.model} to {t.cheaper} saves {t.saving} a month."
    ),
    lambda t: (
        f"Spending on {t.model} ({t.first} to {t.last}): {t.cost}. Two models were compared. Moving from"
        f" {t.model} to {t.cheaper} means a saving of {t.saving} each month; no cheaper model was found."
    ),
    lambda t: (
        f"Good news: there is room. {t.model} was billed at {t.cost} in {t.month} {t.year} with {t.written}"
        f" output tokens. Shift {t.model} to {t.cheaper}, and you save {t.saving} per month."
    ),
    lambda t: (
        f"## {t.model}, {t.month} {t.year}\n\n* Total spend: {t.cost}\n* Requests: {t.requests}\n\n"
        f"**What to do:** switch from {t.model} to {t.cheaper}\n\n**Saves:** {t.saving} per month"
    ),
    lambda t: (
        f"Hello, thanks for asking. In {t.month} {t.year}, {t.model} ran up {t.cost}. I'd suggest moving that work to"
        f" {t.cheaper}: you would pay {t.saving} less a month."
    ),
    lambda t: (
        f"I can't change the setting for you, but here are the figures: {t.model} cost {t.cost} in {t.month} {t.year};"
        f" switching {t.model} to {t.cheaper} saves {t.saving} a month ({t.yearly} a year)."
    ),
    lambda t: (
        f"{t.cost}. That is what {t.model} cost you in {t.month} {t.year}. Replace {t.model} with {t.cheaper} and the"
        f" bill falls by {t.share} %, which saves {t.saving} a month."
    ),
    lambda t: (
        f"It isn't as bad as feared: {t.model} cost {t.cost} in {t.month} {t.year}, not including tax. Its"
        f" {t.read} tokens of input and {t.written} tokens of output were read at list prices. Why not swap {t.model}"
        f" for {t.cheaper}? You'd save {t.saving} a month."
    ),
    lambda t: (
        f"| Model | Month | Cost |\n|---|---|---:|\n| {t.model} | {t.month} {t.year} | {t.cost} |\n\n"
        f"Use {t.cheaper} instead of {t.model}, and {t.saving} is saved every month."
    ),
)
_QUESTIONS = (
    "How much did we spend on {model} in {month} {year}, and what could we save?",
    "What did {model} cost us in {month} {year}, and how can we save money?",
    "Tell me our {month} {year} spending on {model} and where we could save.",
    "For {month} {year}: what was the bill of {model}, and what would be cheaper?",
)
_MONEY: tuple[Callable[[Decimal], str], ...] = (
    lambda value: f"{value:,.2f} USD",
    lambda value: f"${value:,.2f}",
    lambda value: f"{value:.2f} USD",
    lambda value: f"USD {value:,.2f}",
    lambda value: f"US${value:,.2f}",
    lambda value: f"{value:,.2f} US dollars",
    lambda value: f"{value:,.2f} U.S. dollars",
    lambda value: f"${value:,.2f} USD",
    lambda value: f"$ {value:,.2f}",
)


def make_case(chance: random.Random, manner: int | None = None) -> Case:
    """Make up a company's month, ask about it, and answer well.

    Args:
        chance: Settles everything.
        manner: Which manner of speaking; ``None``: any.

    Returns:
        The case; its figures are those of usage data as a test would make it.
    """
    model = chance.choice(list(CHEAPER))
    month = chance.randint(1, 6)
    figures = _figures(chance.randrange(10**9), model, month)
    told = _told(model, month, figures, chance)
    question = Question(
        chance.choice(_QUESTIONS).format(model=model, month=told.month, year=told.year),
        model,
        frozenset({month}),
        (figures["total_cost"], figures["monthly_saving"]),
    )
    text = _MANNERS[chance.randrange(len(_MANNERS)) if manner is None else manner](told)
    return Case(question, _answer(text, figures, model), figures, CHEAPER[model])


def said_again(case: Case, chance: random.Random) -> Case:
    """Give another good answer to a paraphrase of the same question.

    Args:
        case: The case.
        chance: Settles manner and paraphrase.

    Returns:
        The same figures in other words.
    """
    month = min(case.question.months)
    told = _told(case.question.subject, month, case.figures, chance)
    text = chance.choice(_QUESTIONS).format(model=told.model, month=told.month, year=told.year)
    answer = replace(case.answer, text=chance.choice(_MANNERS)(told))
    return replace(case, question=replace(case.question, text=text), answer=answer)


def manners() -> int:
    """Tell how many manners of speaking there are."""
    return len(_MANNERS)


def _told(model: str, month: int, figures: dict[str, Fact], chance: random.Random) -> _Words:
    """Write the figures of a case in one of the usual ways."""
    money = chance.choice(_MONEY)
    first, last = _days(month)
    value = {name: fact.value for name, fact in figures.items()}
    return _Words(
        model=model if chance.random() < 0.8 else model.upper() if model.startswith("gpt") else model.title(),
        cheaper=CHEAPER[model],
        month=MONTHS[month - 1].title(),
        year=_YEAR,
        first=first.isoformat(),
        last=last.isoformat(),
        cost=money(value["total_cost"]),
        saving=money(value["monthly_saving"]),
        requests=f"{value['total_requests']:,}",
        read=f"{value['input_tokens']:,}",
        written=f"{value['output_tokens']:,}",
        latency=f"{value['mean_latency']}",
        yearly=money(value["monthly_saving"] * 12),
        share=f"{value['monthly_saving'] * 100 / value['total_cost']:.0f}",
    )


def _days(month: int) -> tuple[date, date]:
    first = date(_YEAR, month, 1)
    return first, first.replace(day=calendar.monthrange(_YEAR, month)[1])


def _figures(seed: int, model: str, month: int) -> dict[str, Fact]:
    first, last = _days(month)
    rows = [row for row in make_usage(seed, first_day=first, last_day=last) if row.model == model]
    price = next(one for one in MODELS if one.name == CHEAPER[model])
    cost = sum((Decimal(str(row.cost_usd)) for row in rows), Decimal(0))
    read, written = sum(row.input_tokens for row in rows), sum(row.output_tokens for row in rows)
    on_cheaper = (price.input_per_million * read + price.output_per_million * written) / 10**6
    requests = sum(row.requests for row in rows)
    latency = Decimal(sum(row.latency_ms * row.requests for row in rows)) / requests
    return {
        "total_cost": Fact("total_cost", cost.quantize(CENT, ROUND_HALF_UP), "USD"),
        "monthly_saving": Fact("monthly_saving", (cost - on_cheaper).quantize(CENT, ROUND_HALF_UP), "USD"),
        "total_requests": Fact("total_requests", Decimal(requests), "requests"),
        "input_tokens": Fact("input_tokens", Decimal(read), "tokens"),
        "output_tokens": Fact("output_tokens", Decimal(written), "tokens"),
        "mean_latency": Fact("mean_latency", latency.quantize(Decimal("0.1"), ROUND_HALF_UP), "ms"),
    }


def _answer(text: str, figures: dict[str, Fact], model: str) -> Answer:
    value = {name: float(fact.value) for name, fact in figures.items()}
    usage, cost, savings = _CALLS
    advice = {
        "action": "switch_model",
        "model_from": model,
        "model_to": CHEAPER[model],
        "monthly_saving": value["monthly_saving"],
        "currency": "USD",
    }
    sources = {"total_cost": cost, "total_requests": usage, "input_tokens": usage, "output_tokens": usage}
    return Answer(
        text,
        findings=[
            {"metric": name, "value": value[name], "unit": figures[name].unit, "source_tool_call_id": call}
            for name, call in {**sources, "mean_latency": usage}.items()
        ],
        recommendations=[advice],
        tool_results={
            usage: {name: value[name] for name in ("total_requests", "input_tokens", "output_tokens", "mean_latency")},
            cost: {"total_cost": value["total_cost"]},
            savings: {"recommendations": [advice], "total_monthly_saving": value["monthly_saving"]},
        },
        status="completed",
    )

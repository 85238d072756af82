"""Usage data made from a number: each test's tenant has its own truth, and the same number always makes the same.

The days are fixed on purpose: a truth that moved with the calendar would age with the tests that rely on it.
"""

import hashlib
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2026, 6, 30)

_MILLION = Decimal(1_000_000)
_MICRO_DOLLAR = Decimal("0.000001")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Model:
    """A model that companies use, with its list price in USD a million tokens, and how it is typically used.

    Args:
        daily_requests: Requests on a typical working day.
        input_tokens: Mean a request.
        output_tokens: Mean a request.
        latency_ms: Typical mean latency.
    """

    provider: str
    name: str
    input_per_million: Decimal
    output_per_million: Decimal
    daily_requests: int
    input_tokens: int
    output_tokens: int
    latency_ms: int


MODELS = (
    Model("openai", "gpt-4o", Decimal("2.50"), Decimal("10.00"), 900, 1800, 420, 1150),
    Model("openai", "gpt-4o-mini", Decimal("0.15"), Decimal("0.60"), 4200, 1100, 260, 520),
    Model("anthropic", "claude-sonnet-4", Decimal("3.00"), Decimal("15.00"), 650, 2400, 610, 1480),
    Model("anthropic", "claude-haiku-4", Decimal("0.80"), Decimal("4.00"), 1900, 900, 240, 610),
    Model("google", "gemini-2.5-pro", Decimal("1.25"), Decimal("10.00"), 480, 3100, 700, 1720),
    Model("google", "gemini-2.5-flash", Decimal("0.30"), Decimal("2.50"), 2600, 1300, 310, 480),
)


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What a company used of one model on one day.

    Args:
        cost_usd: What it was billed: the list price less a discount, so it cannot be worked out from the tokens.
        latency_ms: Mean over the day's requests.
    """

    day: date
    provider: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency_ms: int


def make_usage(seed: int, *, first_day: date = FIRST_DAY, last_day: date = LAST_DAY) -> list[UsageRecord]:
    """Make a company's usage.

    Args:
        seed: The number it is made from; another number gives another total for every model and month.
        first_day: The first day with usage.
        last_day: The last day with usage.

    Returns:
        One record a day and model, in order of days.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable is what it must be
    size = {model.name: chance.uniform(0.4, 2.5) for model in MODELS}
    growth = {model.name: chance.uniform(-0.002, 0.006) for model in MODELS}
    days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
    return [
        _one_day(model, day, size[model.name] * (1 + growth[model.name] * number), chance)
        for number, day in enumerate(days)
        for model in MODELS
    ]


def own_seed(seed: int, name: str, year: int) -> int:
    """Give each user a number of their own, so that a whole run can be repeated by one number.

    Args:
        seed: The run's.
        name: The user's.
        year: Of the usage.

    Returns:
        The number for `make_usage`; two users of one run have different ones.
    """
    return int.from_bytes(hashlib.sha256(f"{seed} {name} {year}".encode()).digest()[:4])


def _one_day(model: Model, day: date, size: float, chance: random.Random) -> UsageRecord:
    weekday = chance.uniform(0.15, 0.3) if day.weekday() >= _SATURDAY else chance.uniform(0.85, 1.15)
    requests = max(1, round(model.daily_requests * size * weekday))
    input_tokens = round(requests * model.input_tokens * chance.uniform(0.8, 1.25))
    output_tokens = round(requests * model.output_tokens * chance.uniform(0.8, 1.25))
    list_price = (input_tokens * model.input_per_million + output_tokens * model.output_per_million) / _MILLION
    discount = Decimal(chance.randint(0, 60_000)) / _MILLION
    return UsageRecord(
        day=day,
        provider=model.provider,
        model=model.name,
        requests=requests,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_usd=(list_price * (1 - discount)).quantize(_MICRO_DOLLAR, ROUND_HALF_UP),
        latency_ms=round(model.latency_ms * chance.uniform(0.85, 1.3)),
    )

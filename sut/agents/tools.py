"""The tools: usage_query, cost_breakdown, price_catalog, savings_calculator. They take and give JSON."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import httpx

from sut.agents.interface import UsageFilter, UsageReader, UsageRow
from sut.agents.metrics import CURRENCY, cents
from sut.agents.periods import Period
from sut.common.errors import PlatformError

_MILLION = Decimal(1_000_000)

# How sure a saving is: usage is a fact, the quality of the cheaper model is not, and stored prices may be old.
CONFIDENCE = {"service": 0.9, "stored": 0.6}


class UsageQuery:
    """Requests, tokens and latency of a period.

    Args:
        usage: The asking tenant's usage.
    """

    def __init__(self, usage: UsageReader) -> None:
        self._usage = usage

    async def __call__(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Query the usage.

        Args:
            parameters: ``from``, ``to`` (days, included), ``provider``, ``model`` (``None`` for all).

        Returns:
            ``requests, input_tokens, output_tokens, mean_latency_ms`` (``None`` without requests), ``by_model``.
        """
        rows = await self._usage.usage_by_model(usage_filter(parameters))
        return {
            "requests": sum(row.requests for row in rows),
            "input_tokens": sum(row.input_tokens for row in rows),
            "output_tokens": sum(row.output_tokens for row in rows),
            "mean_latency_ms": _mean_latency(rows),
            "by_model": [
                {
                    "provider": row.provider,
                    "model": row.model,
                    "requests": row.requests,
                    "input_tokens": row.input_tokens,
                    "output_tokens": row.output_tokens,
                }
                for row in rows
            ],
        }


class CostBreakdown:
    """Cost of a period, in sum and by model, and what it means for a budget.

    Args:
        usage: The asking tenant's usage.
    """

    def __init__(self, usage: UsageReader) -> None:
        self._usage = usage

    async def __call__(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Break the cost down.

        Args:
            parameters: ``from``, ``to``, ``provider``, ``model`` as for `UsageQuery`; ``monthly_budget`` (USD, or
                ``None``).

        Returns:
            ``currency, total_cost, by_model``, and with a budget ``monthly_budget, budget_left``.
        """
        rows = await self._usage.usage_by_model(usage_filter(parameters))
        total = sum((row.cost_usd for row in rows), Decimal(0))
        result: dict[str, Any] = {
            "currency": CURRENCY,
            "total_cost": float(total),
            "by_model": [
                {"provider": row.provider, "model": row.model, "cost": float(row.cost_usd)}
                for row in sorted(rows, key=lambda row: (-row.cost_usd, row.model))
            ],
        }
        if parameters.get("monthly_budget") is not None:
            monthly = Decimal(str(parameters["monthly_budget"]))
            result["monthly_budget"] = float(monthly)
            result["budget_left"] = cents(monthly * _months(parameters) - total)
        return result


class PriceCatalog:
    """Prices of models: from the price service, or the ones that the platform keeps.

    Args:
        http: The process's HTTP client.
        url: The price service; ``None`` when there is none.
    """

    def __init__(self, http: httpx.AsyncClient, url: str | None) -> None:
        self._http = http
        self._url = url

    async def __call__(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Look prices up.

        Args:
            parameters: ``source``: ``service`` or ``stored``.

        Returns:
            ``source, currency, prices[{provider, model, input_per_million, output_per_million}]``.

        Raises:
            PlatformError: The price service gave no usable list.
        """
        if parameters["source"] == "stored" or self._url is None:
            return {"source": "stored", **stored_prices()}
        try:
            response = await self._http.get(self._url)
            response.raise_for_status()
            return {"source": "service", "currency": CURRENCY, "prices": [_price(item) for item in _items(response)]}
        except (httpx.HTTPError, ValueError, LookupError, TypeError, ArithmeticError) as error:
            raise PlatformError("SERVICE_UNAVAILABLE", "The price service gave no usable list.") from error


async def savings_calculator(parameters: dict[str, Any]) -> dict[str, Any]:
    """Work out what the same tokens would have cost on a cheaper model.

    Each model is compared with the cheapest one of its provider, or with ``model_to`` where the user named one.

    Args:
        parameters: ``from``, ``to``; ``usage[{provider, model, input_tokens, output_tokens, cost}]``; ``price_source``;
            ``prices`` as `PriceCatalog` gives them; ``model_to`` or ``None``.

    Returns:
        ``recommendations`` as in contract section 5, largest saving first, and ``total_monthly_saving``, their sum.
    """
    months = _months(parameters)
    found = []
    for used in parameters["usage"]:
        target = _cheapest(used, parameters["prices"], parameters.get("model_to"))
        if target is None:
            continue
        saving = cents((Decimal(str(used["cost"])) - _cost_on(target, used)) / months)
        if saving > 0:
            found.append(
                {
                    "action": "switch_model",
                    "model_from": used["model"],
                    "model_to": target["model"],
                    "monthly_saving": saving,
                    "currency": CURRENCY,
                    "confidence": CONFIDENCE[parameters["price_source"]],
                }
            )
    found.sort(key=lambda advice: (-float(advice["monthly_saving"]), str(advice["model_from"])))
    total = sum((Decimal(str(advice["monthly_saving"])) for advice in found), Decimal(0))
    return {"recommendations": found, "total_monthly_saving": float(total)}


@cache
def stored_prices() -> dict[str, Any]:
    """Give the prices that the platform keeps for when the price service is away.

    Returns:
        ``currency`` and ``prices``.
    """
    stored: dict[str, Any] = json.loads(files("sut.agents").joinpath("prices.json").read_text(encoding="utf-8"))
    return stored


def usage_filter(parameters: dict[str, Any]) -> UsageFilter:
    """Read which usage a tool call is about.

    Args:
        parameters: ``from``, ``to``, ``provider``, ``model``.

    Returns:
        The filter.
    """
    return UsageFilter(
        first_day=date.fromisoformat(parameters["from"]),
        last_day=date.fromisoformat(parameters["to"]),
        provider=parameters.get("provider"),
        model=parameters.get("model"),
    )


def _months(parameters: dict[str, Any]) -> Decimal:
    period = Period(date.fromisoformat(parameters["from"]), date.fromisoformat(parameters["to"]))
    return Decimal(period.months.numerator) / Decimal(period.months.denominator)


def _mean_latency(rows: Iterable[UsageRow]) -> float | None:
    """Give the mean over all requests, to a tenth of a millisecond."""
    counted = [row for row in rows if row.requests]
    requests = sum(row.requests for row in counted)
    if not requests:
        return None
    # Each product is a sum of whole milliseconds: rounding takes away what the division by SQL left over.
    total = sum((round(Decimal(repr(row.latency_ms)) * row.requests, 3) for row in counted), Decimal(0))
    return float((total / requests).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _items(response: httpx.Response) -> list[Any]:
    body = response.json()
    if body["currency"] != CURRENCY or not isinstance(body["prices"], list):
        raise ValueError("not a price list in USD")
    return body["prices"]


def _price(item: Any) -> dict[str, Any]:
    prices = {key: float(item[key]) for key in ("input_per_million", "output_per_million")}
    if not all(0 <= price < _MILLION for price in prices.values()):
        raise ValueError("a price is out of range")
    return {"provider": str(item["provider"]), "model": str(item["model"]), **prices}


def _cost_on(price: dict[str, Any], used: dict[str, Any]) -> Decimal:
    """What the tokens that were used cost at a price."""
    read = Decimal(str(price["input_per_million"])) * int(used["input_tokens"])
    written = Decimal(str(price["output_per_million"])) * int(used["output_tokens"])
    return (read + written) / _MILLION


def _cheapest(used: dict[str, Any], prices: list[dict[str, Any]], model_to: str | None) -> dict[str, Any] | None:
    """Choose the model to compare with: the named one, else the same provider's cheapest for these tokens."""
    if model_to is not None:
        candidates = [price for price in prices if price["model"] == model_to]
    else:
        candidates = [price for price in prices if price["provider"] == used["provider"]]
    candidates = [price for price in candidates if price["model"] != used["model"]]
    cheapest = min(candidates, key=lambda price: _cost_on(price, used), default=None)
    own = next((price for price in prices if price["model"] == used["model"]), None)
    if cheapest is None or (own is not None and _cost_on(own, used) <= _cost_on(cheapest, used)):
        # A discount on past bills is no reason to move to a model whose price is not lower.
        return None
    return cheapest

"""The one list of metrics that findings may carry, and how their figures are rounded.

| metric | unit | what it is |
|---|---|---|
| `total_cost` | USD | sum of `cost_usd`, to the cent |
| `total_requests` | requests | sum of `requests` |
| `input_tokens`, `output_tokens` | tokens | sums |
| `mean_latency_ms` | ms | mean over all requests, to a tenth; left out when there was no request |
| `cost_by_model:<model>` | USD | `total_cost` of one model, one finding a model, most expensive first |
| `monthly_budget` | USD | the budget that the user named, a month |
| `budget_left` | USD | budget for the period less `total_cost`; negative when it is exceeded |
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

TOTAL_COST = "total_cost"
TOTAL_REQUESTS = "total_requests"
INPUT_TOKENS = "input_tokens"
OUTPUT_TOKENS = "output_tokens"
MEAN_LATENCY = "mean_latency_ms"
COST_BY_MODEL = "cost_by_model:"
MONTHLY_BUDGET = "monthly_budget"
BUDGET_LEFT = "budget_left"

CURRENCY = "USD"


def cents(amount: Decimal | float) -> float:
    """Round money to cents, half up.

    Args:
        amount: US dollars.

    Returns:
        US dollars, with two decimals at most.
    """
    return float(Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def finding(metric: str, value: float, unit: str, tool_call_id: str) -> dict[str, Any]:
    """Put a figure into the form of contract section 5.

    Args:
        metric: A name of the list above.
        value: The figure.
        unit: Its unit.
        tool_call_id: The tool call whose result holds it.

    Returns:
        The finding.
    """
    return {"metric": metric, "value": value, "unit": unit, "source_tool_call_id": tool_call_id}

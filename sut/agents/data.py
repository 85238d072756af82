"""Data: fetches the figures. Two sub-queries run side by side."""

from decimal import Decimal
from typing import Any

from sut.agents.agent import HandOver, StepFailure, StepVoice
from sut.agents.interface import RunRequest
from sut.agents.metrics import (
    BUDGET_LEFT,
    COST_BY_MODEL,
    CURRENCY,
    INPUT_TOKENS,
    MEAN_LATENCY,
    MONTHLY_BUDGET,
    OUTPUT_TOKENS,
    TOTAL_COST,
    TOTAL_REQUESTS,
    cents,
    finding,
)
from sut.agents.toolbox import ToolAnswer, Toolbox, side_by_side
from sut.agents.understanding import Understanding
from sut.common.errors import PlatformError


class DataAgent:
    """Runs `usage_query` and `cost_breakdown` over the tenant's usage.

    Args:
        tools: The run's tools.
    """

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    async def work(self, request: RunRequest, handed: HandOver, voice: StepVoice) -> dict[str, Any]:
        """Fetch the figures; see `Agent.work`.

        Returns:
            ``findings`` (contract section 5) and ``usage`` (tokens and cost by model).

        Raises:
            StepFailure: ``DATA_UNAVAILABLE``; its result holds the findings of the sub-query that succeeded.
        """
        understood = Understanding.from_dict(handed["triage"]["understood"])
        wanted = {
            "from": understood.period.first.isoformat(),
            "to": understood.period.last.isoformat(),
            "provider": understood.subject.provider,
            "model": understood.subject.model,
        }
        budget = None if understood.monthly_budget is None else float(understood.monthly_budget)
        await voice.say(
            f"I fetch requests, tokens and latency of {understood.subject_label} in {understood.period.label},"
            " and at the same time what they cost."
        )
        usage, cost = await side_by_side(
            self._tools.call(voice, "usage_query", wanted),
            self._tools.call(voice, "cost_breakdown", {**wanted, "monthly_budget": budget}),
        )
        findings = _cost_findings(cost) + _usage_findings(usage)
        if usage.result is None or cost.result is None:
            error = PlatformError("DATA_UNAVAILABLE", f"The usage data could not be read: {usage.error or cost.error}.")
            raise StepFailure(error, {"findings": findings, "usage": []})
        costs = {(item["provider"], item["model"]): item["cost"] for item in cost.result["by_model"]}
        return {
            "findings": findings,
            "usage": [
                {**used, "cost": costs[used["provider"], used["model"]]}
                for used in usage.result["by_model"]
                # A record that came in between the two sub-queries has tokens and no cost yet.
                if (used["provider"], used["model"]) in costs
            ],
        }


def _usage_findings(answer: ToolAnswer) -> list[dict[str, Any]]:
    result, call = answer.result, answer.tool_call_id
    if result is None:
        return []
    found = [
        finding(TOTAL_REQUESTS, result["requests"], "requests", call),
        finding(INPUT_TOKENS, result["input_tokens"], "tokens", call),
        finding(OUTPUT_TOKENS, result["output_tokens"], "tokens", call),
    ]
    if result["mean_latency_ms"] is not None:
        found.append(finding(MEAN_LATENCY, result["mean_latency_ms"], "ms", call))
    return found


def _cost_findings(answer: ToolAnswer) -> list[dict[str, Any]]:
    result, call = answer.result, answer.tool_call_id
    if result is None:
        return []
    found = [finding(TOTAL_COST, cents(result["total_cost"]), CURRENCY, call)]
    by_model: dict[str, Decimal] = {}
    for item in result["by_model"]:
        # The same model may be bought from two providers.
        by_model[item["model"]] = by_model.get(item["model"], Decimal(0)) + Decimal(str(item["cost"]))
    found += [finding(f"{COST_BY_MODEL}{model}", cents(sum_), CURRENCY, call) for model, sum_ in by_model.items()]
    found += [
        finding(metric, cents(result[metric]), CURRENCY, call)
        for metric in (MONTHLY_BUDGET, BUDGET_LEFT)
        if metric in result
    ]
    return found

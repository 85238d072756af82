"""The tools' arithmetic, and that the catalog describes them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from agent_fakes import PRICES, FakeLlm, MemoryUsage, parts_for

from goldenpath.usage_data import MODELS
from sut.agents.catalog import AGENTS, TOOLS
from sut.agents.interface import UsageFilter, UsageRow
from sut.agents.parts import AgentLinks, AgentSettings, build_agent, build_tools
from sut.agents.plan import DEFAULT_PLAN
from sut.agents.tools import CostBreakdown, PriceCatalog, UsageQuery, savings_calculator, stored_prices
from sut.common.errors import PlatformError

MAY: dict[str, Any] = {"from": "2026-05-01", "to": "2026-05-31", "provider": None, "model": None}


async def test_usage_query_sums_and_weighs_latency_by_requests() -> None:
    rows = [
        UsageRow("openai", "a", 3, 10, 1, Decimal(1), 100.0),
        UsageRow("openai", "b", 1, 20, 2, Decimal(1), 300.2),
        UsageRow("openai", "c", 0, 0, 0, Decimal(0), 0.0),
    ]
    usage = MemoryUsage(rows)
    found = await UsageQuery(usage)({**MAY, "model": None})
    assert (found["requests"], found["input_tokens"], found["output_tokens"]) == (4, 30, 3)
    assert found["mean_latency_ms"] == 150.1  # 600.2 / 4 = 150.05, half up
    day = MAY["from"], MAY["to"]
    assert [(f.first_day.isoformat(), f.last_day.isoformat()) for f in usage.asked] == [day]


async def test_cost_breakdown_rounds_nothing_away_and_keeps_the_budget() -> None:
    usage = MemoryUsage()
    found = await CostBreakdown(usage)({**MAY, "provider": "openai", "monthly_budget": 10.0})
    assert found["total_cost"] == 9.510432
    assert [item["cost"] for item in found["by_model"]] == [8.765432, 0.745]
    assert found["budget_left"] == 0.49
    quarter = {**MAY, "from": "2026-04-01", "to": "2026-06-30", "monthly_budget": 10.0}
    assert (await CostBreakdown(usage)(quarter))["budget_left"] == 13.37  # 3 x 10 less 16.625432
    assert usage.asked[0] == UsageFilter(usage.asked[0].first_day, usage.asked[0].last_day, "openai", None)


def used(model: str = "gpt-4o", provider: str = "openai", cost: float = 9.0) -> dict[str, Any]:
    return {"provider": provider, "model": model, "input_tokens": 2_000_000, "output_tokens": 400_000, "cost": cost}


def question(*usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        **MAY,
        "usage": list(usage),
        "price_source": "service",
        "prices": PRICES["prices"],
        "model_to": None,
        **more,
    }


async def test_savings_are_cost_less_the_same_tokens_on_the_cheaper_model() -> None:
    found = await savings_calculator(question(used(), used("claude-sonnet-4", "anthropic", 12.0)))
    assert [(r["model_from"], r["model_to"], r["monthly_saving"]) for r in found["recommendations"]] == [
        ("claude-sonnet-4", "claude-haiku-4", 8.8),  # 12 - (1.6 + 1.6)
        ("gpt-4o", "gpt-4o-mini", 8.46),  # 9 - (0.3 + 0.24)
    ]
    assert found["total_monthly_saving"] == 17.26


async def test_savings_are_told_a_month() -> None:
    found = await savings_calculator(question(used(), **{"from": "2026-04-01", "to": "2026-06-30"}))
    assert found["total_monthly_saving"] == 2.82


async def test_named_target_counts() -> None:
    found = await savings_calculator(question(used(), model_to="claude-haiku-4"))
    assert [(r["model_to"], r["monthly_saving"]) for r in found["recommendations"]] == [("claude-haiku-4", 5.8)]


@pytest.mark.parametrize(
    "asked",
    [
        question(),
        question(used("gpt-4o-mini")),
        question(used(), model_to="gpt-4o"),
        question(used(), model_to="unheard-of"),
        question(used("llama-4", "meta")),
        question(used("gpt-4o-mini"), model_to="gpt-4o"),
        question(used(cost=0.1)),
    ],
)
async def test_no_cheaper_model_no_recommendation(asked: dict[str, Any]) -> None:
    assert await savings_calculator(asked) == {"recommendations": [], "total_monthly_saving": 0.0}


async def test_prices_come_from_the_service_and_else_from_the_store() -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(FakeLlm()))
    catalog = PriceCatalog(http, "http://llm.test/v1/prices")
    assert (await catalog({"source": "service"}))["prices"][3]["output_per_million"] == 4.0
    assert await catalog({"source": "stored"}) == {"source": "stored", **stored_prices()}
    assert (await PriceCatalog(http, None)({"source": "service"}))["source"] == "stored"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(500),
        lambda: httpx.Response(200, text="<html>"),
        lambda: httpx.Response(200, json={"currency": "EUR", "prices": []}),
        lambda: httpx.Response(200, json={"currency": "USD", "prices": [{"model": "x"}]}),
        lambda: httpx.Response(
            200,
            json={"currency": "USD", "prices": [{**PRICES["prices"][0], "input_per_million": -1}]},  # type: ignore[dict-item]
        ),
    ],
)
async def test_unusable_price_list_is_a_failure(answer: Callable[[], httpx.Response]) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer()))
    with pytest.raises(PlatformError, match="price service"):
        await PriceCatalog(http, "http://llm.test/v1/prices")({"source": "service"})


def test_stored_prices_name_the_models_that_usage_data_is_made_of() -> None:
    stored = {(price["provider"], price["model"]) for price in stored_prices()["prices"]}
    assert stored == {(model.provider, model.name) for model in MODELS}


def test_catalog_names_exactly_what_can_be_built() -> None:
    usage = MemoryUsage()
    tools = build_tools(AgentSettings(llm_url="http://llm.test"), usage, AgentLinks(httpx.MockTransport(FakeLlm())))
    assert [advert.name for advert in TOOLS] == list(tools)
    assert [advert.name for advert in AGENTS] == list(DEFAULT_PLAN)
    for advert in (*AGENTS, *TOOLS):
        assert set(advert.as_dict()) == {"name", "description", "schema", "example"}
        assert advert.example
    for name in DEFAULT_PLAN:
        build_agent(name, parts_for(FakeLlm(), usage))


def test_key_stands_in_no_repr() -> None:
    assert "very-secret" not in repr(AgentSettings(llm_url="http://llm.test", llm_api_key="very-secret"))

"""A whole run of the agents, with nothing real around them."""

import asyncio
import math
from typing import Any

import httpx
import pytest
from agent_fakes import ROWS, FakeLlm, MemoryJournal, MemoryUsage, ask, parts_for, stream

from sut.agents.interface import JournalClosedError, Outcome, RunFailed, Step, StoredStep, Turn, UsageRow
from sut.agents.pipeline import execute
from sut.common.errors import PlatformError

QUESTION = "How much did we spend on gpt-4o in May?"


def values(result: dict[str, Any]) -> dict[str, float]:
    return {item["metric"]: item["value"] for item in result["findings"]}


async def test_answer_holds_what_the_usage_says(llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal) -> None:
    request = ask(QUESTION)
    outcome = await execute(request, journal, parts_for(llm, usage))
    result = outcome.result
    assert set(result) == {"summary", "findings", "recommendations", "total_monthly_saving", "period", "answer_to"}
    assert (outcome.status, outcome.missing) == ("completed", ())
    assert result["answer_to"] == str(request.message_id)
    assert result["period"] == {"from": "2026-05-01", "to": "2026-05-31"}
    assert values(result) == {
        "total_cost": 8.77,
        "total_requests": 1000,
        "input_tokens": 2_000_000,
        "output_tokens": 400_000,
        "mean_latency_ms": 1000.5,
        "cost_by_model:gpt-4o": 8.77,
    }
    # 2 M tokens in and 0.4 M out on gpt-4o-mini: 0.30 + 0.24
    assert result["recommendations"] == [
        {
            "action": "switch_model",
            "model_from": "gpt-4o",
            "model_to": "gpt-4o-mini",
            "monthly_saving": 8.23,
            "currency": "USD",
            "confidence": 0.9,
        }
    ]
    assert result["total_monthly_saving"] == 8.23
    for said in ("gpt-4o", "May 2026", "8.77", "8.23", "1,000.5"):
        assert said in result["summary"]
    assert result["summary"].startswith("Gladly. "), "the LLM's text is used"


async def test_every_finding_names_the_tool_call_that_holds_its_figure(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal
) -> None:
    outcome = await execute(
        ask("What did all models cost in May? Our budget is $20 a month."), journal, parts_for(llm, usage)
    )
    results = {call["id"]: call["result"] for call in journal.of("tool_completed") if call["status"] == "ok"}

    def figures(found: Any) -> list[float]:
        if isinstance(found, dict | list):
            return [
                figure for item in (found.values() if isinstance(found, dict) else found) for figure in figures(item)
            ]
        return [found] if isinstance(found, int | float) else []

    assert "budget_left" in values(outcome.result)
    for item in outcome.result["findings"]:
        held = figures(results[item["source_tool_call_id"]])
        assert any(math.isclose(item["value"], figure, abs_tol=0.0051) for figure in held), item


async def test_events_come_in_plan_order_with_rising_progress(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal
) -> None:
    await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert journal.told[0] == ("started", {"plan": ["triage", "data", "optimization", "report"]})
    agents = [data["agent"] for name, data in journal.told if "agent" in data]
    assert list(dict.fromkeys(agents)) == ["triage", "data", "optimization", "report"]
    assert agents == sorted(agents, key=["triage", "data", "optimization", "report"].index), "steps do not overlap"
    first_of = {agent: next(name for name, data in journal.told if data.get("agent") == agent) for agent in agents}
    assert set(first_of.values()) == {"thinking"}
    progress = [data["progress"] for data in journal.of("thinking")]
    assert progress == sorted(set(progress))
    assert 0 < progress[0] < progress[-1] < 1
    begun = [data["id"] for data in journal.of("tool_executing")]
    assert len(set(begun)) == len(begun) == 4
    assert sorted(begun) == sorted(data["id"] for data in journal.of("tool_completed"))
    assert [data["number"] for data in journal.of("step_done")] == [1, 2, 3, 4]


async def test_two_sub_queries_run_side_by_side(llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal) -> None:
    usage.gate, usage.gate_opens_at = asyncio.Event(), 2
    async with asyncio.timeout(5):
        await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert usage.most_at_once == 2


async def test_other_data_other_answer(llm: FakeLlm, journal: MemoryJournal) -> None:
    first = await execute(ask(QUESTION), journal, parts_for(llm, MemoryUsage()))
    one, *rest = ROWS
    changed = MemoryUsage([UsageRow(one.provider, one.model, 7, 1000, 10, one.cost_usd * 3, 33.3), *rest])
    second = await execute(ask(QUESTION), journal, parts_for(llm, changed))
    told, before = values(second.result), values(first.result)
    assert [metric for metric in before if told[metric] == before[metric]] == []
    assert second.result["recommendations"] != first.result["recommendations"]


async def test_no_usage_is_an_answer(llm: FakeLlm, journal: MemoryJournal) -> None:
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, MemoryUsage([], None)))
    assert outcome.status == "completed"
    assert values(outcome.result) == {"total_cost": 0, "total_requests": 0, "input_tokens": 0, "output_tokens": 0}
    assert outcome.result["recommendations"] == []
    assert "No usage is recorded" in outcome.result["summary"]


async def test_each_llm_call_carries_the_trace_and_only_this_thread(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal
) -> None:
    history = [Turn(role, f"{role} {number}") for number in range(30) for role in ("user", "assistant")]
    await execute(ask(QUESTION + " [[llm:x]]", *history), journal, parts_for(llm, usage, llm_api_key="k" * 9))
    assert [task for task, _, _ in llm.requests] == ["triage", "report"]
    for task, body, headers in llm.requests:
        assert headers["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
        assert headers["authorization"] == "Bearer " + "k" * 9
        assert body["stream"] is True
        system, *earlier, question = body["messages"]
        assert system["content"].startswith(f"Task: {task}\n")
        assert question == {"role": "user", "content": QUESTION + " [[llm:x]]"}
        assert [turn["content"] for turn in earlier if turn["role"] == "user"] == [f"user {n}" for n in range(10, 30)]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (["triage", *["data", "optimization"] * 3, "data", "report"], "HANDOFF_LIMIT"),
        (["triage", "astrologer", "report"], "AGENT_UNAVAILABLE"),
        (["triage", 7, "report"], "AGENT_UNAVAILABLE"),
    ],
)
async def test_refused_plan_ends_the_run(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, plan: list[Any], code: str
) -> None:
    llm.scripts["triage"] = [httpx.Response(200, text=stream(f'{{"plan": {plan}}}'.replace("'", '"')).text)]
    with pytest.raises(RunFailed) as failed:
        await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert failed.value.error.code == code
    assert [name for name, _ in journal.told][:2] == ["started", "thinking"]
    assert journal.of("step_failed") == [{"agent": "triage", "code": code}]
    assert usage.asked == []


async def test_cycle_inside_the_limit_ends_with_an_answer(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal
) -> None:
    llm.scripts["triage"] = ['{"plan": ["triage", "data", "optimization", "data", "optimization", "report"]}']
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert outcome.status == "completed"
    assert [data["agent"] for data in journal.of("step_done")] == ["triage", "data", "optimization", "report"]


async def test_agent_that_the_plan_leaves_out_says_so(llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal) -> None:
    llm.scripts["triage"] = ['Sure: {"plan": ["triage", "data", "report"]}']
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert outcome.status == "completed"
    assert outcome.result["recommendations"] == []
    assert outcome.result["total_monthly_saving"] is None
    assert [data["reasoning"] for data in journal.of("thinking") if data["agent"] == "optimization"] == [
        "This question needs nothing of me."
    ]
    assert {data["tool"] for data in journal.of("tool_executing")} == {"usage_query", "cost_breakdown"}


async def test_triage_without_llm_goes_by_rules_and_report_is_missing(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, waits: list[float]
) -> None:
    down = httpx.ConnectError("refused")
    llm.scripts = {"triage": [down] * 9, "report": [down] * 9}
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert (outcome.status, outcome.missing) == ("degraded", ("report",))
    assert values(outcome.result)["total_cost"] == 8.77
    assert outcome.result["recommendations"] != []
    for said in ("gpt-4o", "May 2026", "8.77", "8.23"):
        assert said in outcome.result["summary"]
    retries = [data["retry"] for data in journal.of("thinking") if data["retry"]]
    assert [(retry["attempt"], retry["wait_s"]) for retry in retries] == [(1, 0.5), (2, 1.0), (3, 2.0), (1, 0.5)]
    assert waits == [0.5, 1.0, 2.0, 0.5]
    assert len(llm.requests) == 5, "after five failures in a row the breaker lets no call through"
    assert journal.of("step_failed") == [{"agent": "report", "code": "LLM_UNAVAILABLE"}]


@pytest.mark.parametrize("answer", ["I have no idea.", '{"plan": 3, "intent": [], "period": 9, "subject": "x"}', "{"])
async def test_unusable_triage_answer_falls_back_to_rules(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, answer: str
) -> None:
    llm.scripts["triage"] = [answer]
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert outcome.status == "completed"
    assert values(outcome.result)["total_cost"] == 8.77


@pytest.mark.parametrize(
    "text",
    [
        "For gpt-4o in May 2026 you spent 8.77 USD, 12 % more than before.",
        "You spent a lot.",
        "For gpt-4o in May 2026 you spent 8.78 USD.",
    ],
)
async def test_text_with_foreign_or_without_true_figures_is_not_used(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, text: str
) -> None:
    llm.scripts["report"] = [text]
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert text not in outcome.result["summary"]
    assert "You spent 8.77 USD on gpt-4o in May 2026." in outcome.result["summary"]
    assert "does not keep to the facts" in journal.of("thinking")[-1]["reasoning"]


async def test_price_service_away_means_stored_prices_and_less_confidence(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, waits: list[float]
) -> None:
    llm.prices = lambda: httpx.Response(503)
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    calls = [(c["tool"], c["status"]) for c in journal.of("tool_completed") if c["agent"] == "optimization"]
    assert calls == [*[("price_catalog", "failed")] * 3, ("price_catalog", "ok"), ("savings_calculator", "ok")]
    assert outcome.result["recommendations"][0]["confidence"] == 0.6
    assert len(waits) == 2


async def test_optimization_failing_degrades(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    async def broken(_: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr("sut.agents.parts.savings_calculator", broken)
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert (outcome.status, outcome.missing) == ("degraded", ("optimization",))
    assert values(outcome.result)["total_cost"] == 8.77
    assert outcome.result["total_monthly_saving"] is None
    assert len(waits) == 2


async def test_data_failing_ends_the_run_with_what_was_found(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, waits: list[float]
) -> None:
    def cost_fails() -> Exception | None:
        return PlatformError("SERVICE_UNAVAILABLE", "no database") if len(usage.asked) != 1 else None

    usage.failing = cost_fails
    usage.gate = asyncio.Event()
    usage.gate.set()
    with pytest.raises(RunFailed) as failed:
        await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert failed.value.error.code == "DATA_UNAVAILABLE"
    partial = failed.value.partial_result
    assert partial is not None
    assert values(partial)["total_requests"] == 1000
    assert "total_cost" not in values(partial)
    statuses = [(c["tool"], c["status"]) for c in journal.of("tool_completed")]
    assert statuses.count(("cost_breakdown", "failed")) == 3
    assert statuses.count(("usage_query", "ok")) == 1
    assert journal.of("step_failed") == [{"agent": "data", "code": "DATA_UNAVAILABLE"}]


async def test_tool_that_fails_once_is_tried_again(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, waits: list[float]
) -> None:
    failures = iter([PlatformError("SERVICE_UNAVAILABLE", "once")])
    usage.failing = lambda: next(failures, None)
    outcome = await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert outcome.status == "completed"
    assert sorted(c["status"] for c in journal.of("tool_completed") if c["agent"] == "data") == ["failed", "ok", "ok"]


async def test_tool_that_hangs_is_given_up(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, waits: list[float]
) -> None:
    usage.gate = asyncio.Event()
    with pytest.raises(RunFailed) as failed:
        await execute(ask(QUESTION), journal, parts_for(llm, usage, tool_timeout_s=0.02))
    assert failed.value.error.code == "DATA_UNAVAILABLE"
    assert [c["status"] for c in journal.of("tool_completed")] == ["failed"] * 6


@pytest.mark.parametrize("reason", [PlatformError("AGENT_UNAVAILABLE", "no report today"), RuntimeError("broken")])
async def test_part_that_cannot_be_built_is_told_at_once(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch, reason: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise reason

    monkeypatch.setattr("sut.agents.parts.ReportAgent", refuse)
    with pytest.raises(RunFailed) as failed:
        await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert failed.value.error.code == "AGENT_UNAVAILABLE"
    assert [name for name, _ in journal.told] == ["started"]


@pytest.mark.parametrize("tool_count", [1, 2])
async def test_open_tool_calls_of_a_stopped_run_are_told_as_cancelled(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, tool_count: int
) -> None:
    usage.gate = asyncio.Event()
    begun = asyncio.Event()

    async def watch(name: str) -> None:
        if [told for told, _ in journal.told].count("tool_executing") == tool_count:
            begun.set()

    journal.on_tell = watch
    run = asyncio.create_task(execute(ask(QUESTION), journal, parts_for(llm, usage)))
    await begun.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    begun_ids = [data["id"] for data in journal.of("tool_executing")]
    assert sorted(begun_ids) == sorted(data["id"] for data in journal.of("tool_completed"))
    assert {data["status"] for data in journal.of("tool_completed")} == {"cancelled"}
    assert journal.of("step_failed") == []


@pytest.mark.parametrize("at", ["thinking", "tool_executing", "tool_completed", "step_done"])
async def test_closed_journal_ends_the_work_without_another_word(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal, at: str
) -> None:
    async def close(name: str) -> None:
        if name == at:
            raise JournalClosedError

    journal.on_tell = close
    with pytest.raises(JournalClosedError):
        await execute(ask(QUESTION), journal, parts_for(llm, usage))
    assert journal.of("step_failed") == []


async def test_run_goes_on_after_the_steps_of_an_earlier_attempt(
    llm: FakeLlm, usage: MemoryUsage, journal: MemoryJournal
) -> None:
    request = ask(QUESTION)
    whole = await execute(request, journal, parts_for(llm, usage))
    done = tuple(StoredStep(Step(d["number"], d["agent"]), d["result"]) for d in journal.of("step_done")[:2])
    usage.asked.clear()
    llm.requests.clear()
    again = MemoryJournal()
    resumed: Outcome = await execute(
        type(request)(**{name: getattr(request, name) for name in request.__slots__ if name != "done"}, done=done),
        again,
        parts_for(llm, usage),
    )
    assert resumed == whole
    assert usage.asked == []
    assert [task for task, _, _ in llm.requests] == ["report"]
    assert {data["agent"] for name, data in again.told if "agent" in data} == {"optimization", "report"}

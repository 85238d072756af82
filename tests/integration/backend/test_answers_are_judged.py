"""Real answers of the running platform are accepted by the answer oracles, and another user's are rejected."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from backend_user import Chat, Person

from goldenpath.answers.agreement import carried_over, disagreements, forgotten
from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.figures import METRIC_UNITS
from goldenpath.answers.grounded import ungrounded
from goldenpath.answers.kinds import Kind, kind_of
from goldenpath.answers.useful import not_actionable, off_topic
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.usage_data import make_usage

MAY, UNUSED_MONTH = 5, 9
BUDGET = Decimal(5000)
_SQL = """SELECT coalesce(sum(cost_usd), 0) AS total_cost, coalesce(sum(requests), 0) AS total_requests,
    coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
    sum(latency_ms * requests)::numeric / nullif(sum(requests), 0) AS mean_latency
    FROM usage_records WHERE tenant_id = $1 AND ($2 IN ('', model) OR lower($2) = provider)
    AND date_trunc('month', day) = $3::date"""


@dataclass(frozen=True)
class Asked:
    text: str
    metrics: tuple[str, ...]
    subject: str = "gpt-4o"
    month: int = MAY
    actionable: bool = False


QUESTIONS = (
    Asked("How much did we spend on gpt-4o in May 2026?", ("total_cost",)),
    Asked("How can we save money on gpt-4o in May 2026?", ("total_cost",), actionable=True),
    Asked(
        "How many requests and tokens did gpt-4o use in May 2026?", ("total_requests", "input_tokens", "output_tokens")
    ),
    Asked("What was the latency of claude-sonnet-4 in May 2026?", ("mean_latency",), "claude-sonnet-4"),
    Asked("Break our spending in May 2026 down by model.", ("total_cost",), ""),
    Asked("What did we spend on openai in May 2026?", ("total_cost",), "openai"),
    Asked("How much did we spend on gemini-2.5-pro in March 2026?", ("total_cost",), "gemini-2.5-pro", 3),
    Asked(
        "What did gpt-4o cost in May 2026? Our monthly budget is 5000 USD.",
        ("total_cost", "monthly_budget", "budget_left"),
    ),
    Asked("How much did we spend on gpt-4o in September 2026?", ("total_cost",), month=UNUSED_MONTH),
)
FOLLOW_UP = Asked("And what did claude-sonnet-4 cost?", ("total_cost",), "claude-sonnet-4")


async def _give_usage(db: asyncpg.Connection, person: Person, seed: int) -> None:
    await db.executemany(
        "INSERT INTO usage_records (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens,"
        " cost_usd, latency_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                *(uuid4(), UUID(person.tenant_id), row.day, row.provider, row.model, row.requests),
                *(row.input_tokens, row.output_tokens, row.cost_usd, row.latency_ms),
            )
            for row in make_usage(seed)
        ],
    )


async def _question(db: asyncpg.Connection, person: Person, asked: Asked) -> Question:
    """The question with the truth by SQL."""
    (row,) = await db.fetch(_SQL, UUID(person.tenant_id), asked.subject, date(2026, asked.month, 1))
    truth = {name: Decimal(value or 0) for name, value in dict(row).items()}
    truth |= {"monthly_budget": BUDGET, "budget_left": BUDGET - truth["total_cost"]}
    places = {"USD": Decimal("0.01"), "ms": Decimal("0.1"), "tokens": Decimal(1), "requests": Decimal(1)}
    facts = tuple(
        Fact(metric, truth[metric].quantize(places[unit], ROUND_HALF_UP), unit)
        for metric, unit in ((metric, METRIC_UNITS[metric]) for metric in asked.metrics)
    )
    return Question(asked.text, asked.subject, frozenset({asked.month}), facts)


async def _new_thread(person: Person) -> str:
    return str((await person.call("POST", "/api/threads", {})).json()["id"])


async def _answer(chat: Chat, text: str, **more: Any) -> tuple[Answer, dict[str, Any]]:
    end = await chat.answered(await chat.ask(text, **more))
    assert end["type"] == "agent_completed", end
    result = end["data"]["result"]
    done = [frame["data"] for frame in chat.of_run(end["run_id"]) if frame["type"] == "tool_completed"]
    given = Answer(
        result["summary"],
        findings=result["findings"],
        recommendations=result["recommendations"],
        tool_results={one["tool_call_id"]: one["result"] for one in done},
        status=end["data"]["status"],
        period=result["period"],
    )
    return given, end


@pytest.fixture
async def db(platform: EmbeddedPlatform, ada: Person, bob: Person) -> Any:
    """The platform's database, with usage of two companies."""
    connection = await asyncpg.connect(platform.postgres_url)
    for seed, person in ((7, ada), (8, bob)):
        await _give_usage(connection, person, seed)
    yield connection
    await connection.close()


async def test_real_answers_are_accepted_and_those_of_another_user_rejected(
    db: asyncpg.Connection, ada: Person, bob: Person
) -> None:
    adas, bobs = await ada.chat(), await bob.chat()
    for asked in QUESTIONS:
        question = await _question(db, ada, asked)
        mine, _ = await _answer(adas, asked.text, thread_id=await _new_thread(ada))
        theirs, _ = await _answer(bobs, asked.text, thread_id=await _new_thread(bob))
        assert ungrounded(mine, question) == [], mine
        assert off_topic(mine, question) == [], mine
        assert kind_of(mine) is Kind.ANSWER, mine
        assert not_actionable(mine, question) == [] or not asked.actionable, mine
        if asked.month != UNUSED_MONTH:
            assert ungrounded(theirs, question), f"another user's answer passes: {theirs.text}"
            assert ungrounded(replace(mine, text=theirs.text), question), f"another user's words pass: {theirs.text}"
            assert disagreements([mine, theirs]), f"answers of two users agree: {theirs.text}"


async def test_another_questions_answer_is_rejected(db: asyncpg.Connection, ada: Person) -> None:
    chat = await ada.chat()
    spend, elsewhere = QUESTIONS[0], QUESTIONS[6]
    given, _ = await _answer(chat, elsewhere.text)
    question = await _question(db, ada, spend)
    assert ungrounded(given, question)
    assert off_topic(given, question)


async def test_a_follow_up_keeps_what_its_thread_said(db: asyncpg.Connection, ada: Person) -> None:
    chat = await ada.chat()
    budget = [Fact("monthly_budget", BUDGET, "USD")]
    _, end = await _answer(chat, QUESTIONS[7].text)
    later, _ = await _answer(chat, FOLLOW_UP.text, thread_id=end["thread_id"])
    apart, _ = await _answer(chat, QUESTIONS[3].text, thread_id=await _new_thread(ada))
    question = await _question(db, ada, FOLLOW_UP)
    assert ungrounded(later, question) == [], later
    assert off_topic(later, question) == [], later
    assert forgotten(later, budget) == [], later
    assert carried_over(apart, budget) == [], apart
    assert carried_over(later, budget), later

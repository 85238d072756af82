"""What the agents promise, on the real platform with an LLM that does what the test says."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from backend_user import QUESTION, Chat, Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import NotYet, until
from goldenpath.usage_data import make_usage

GPT_4O, ALL = "gpt-4o", None
BREAKER_OPEN_S = 10


@dataclass
class Conversation:
    """Questions whose LLM calls the test scripts and reads."""

    llm: LlmControl
    marker: str = field(default_factory=lambda: secrets.token_hex(6))

    def question(self, content: str = QUESTION) -> str:
        return f"{content} {LlmControl.marker_text(self.marker)}"

    async def script(self, *replies: dict[str, Any], task: str | None = None) -> None:
        await self.llm.script(self.marker, list(replies), task)

    async def prompts(self, task: str) -> list[list[dict[str, str]]]:
        return [asked["messages"] for asked in await self.llm.requests(self.marker) if asked["task"] == task]


async def talking(platform: EmbeddedPlatform) -> AsyncIterator[Callable[[], Conversation]]:
    async with LlmControl(platform.llm_url, platform.llm_token) as llm:
        begun: list[Conversation] = []

        def begin() -> Conversation:
            begun.append(Conversation(llm))
            return begun[-1]

        yield begin
        for conversation in begun:
            await llm.clear(conversation.marker)


@pytest.fixture
async def conversation(platform: EmbeddedPlatform) -> AsyncIterator[Conversation]:
    async for begin in talking(platform):
        yield begin()


@pytest.fixture
async def db(platform: EmbeddedPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.postgres_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
def touchy() -> Iterator[EmbeddedPlatform]:
    """A platform of its own, with short runs: its database is broken now and then, and its breaker opened."""
    running = EmbeddedPlatform.start(PlatformOptions(backend_options=("--run-timeout", "2")))
    yield running
    running.stop()


@pytest.fixture
async def tom(touchy: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(touchy)
    yield person
    await person.leave()


async def with_usage(db: asyncpg.Connection, tenant_id: str) -> None:
    await db.executemany(
        "INSERT INTO usage_records (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens,"
        " cost_usd, latency_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                *(uuid4(), UUID(tenant_id), r.day, r.provider, r.model, r.requests),
                *(r.input_tokens, r.output_tokens, r.cost_usd, r.latency_ms),
            )
            for r in make_usage(7)
        ],
    )


async def cost(db: asyncpg.Connection, tenant_id: str, model: str | None, month: int) -> float:
    spent = await db.fetchval(
        "SELECT sum(cost_usd) FROM usage_records WHERE tenant_id = $1 AND ($2::text IS NULL OR model = $2)"
        " AND date_trunc('month', day) = $3::date",
        UUID(tenant_id),
        model,
        date(2026, month, 1),
    )
    return float(Decimal(spent).quantize(Decimal("0.01"), ROUND_HALF_UP))


def values(end: dict[str, Any]) -> dict[str, float]:
    assert end["type"] == "agent_completed", end
    return {finding["metric"]: finding["value"] for finding in end["data"]["result"]["findings"]}


async def say(chat: Chat, content: str, **more: Any) -> dict[str, Any]:
    return await chat.answered(await chat.ask(content, **more))


async def ask_over_rest(person: Person, content: str) -> str:
    thread = (await person.call("POST", "/api/threads", {})).json()
    body = {"content": content, "client_message_id": secrets.token_hex(8)}
    answer = await person.call("POST", f"/api/threads/{thread['id']}/messages", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


async def ended(person: Person, run_id: str, within_s: float = 10) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        run: dict[str, Any] = await person.get(f"/api/runs/{run_id}")
        if run["ended_at"] is None:
            raise NotYet(run["state"])
        return run

    return await until(look, within_s=within_s, what="the end of the run")


async def test_what_was_named_holds_for_more_than_20_turns_and_changes_the_figures(
    ada: Person, db: asyncpg.Connection, conversation: Conversation
) -> None:
    await with_usage(db, ada.tenant_id)
    chat = await ada.chat()
    first = await say(chat, "Our budget is 90000 USD a month. How much did we spend on gpt-4o in May 2026?")
    may = await cost(db, ada.tenant_id, GPT_4O, 5)
    assert values(first)["total_cost"] == may
    for number in range(21):
        await say(chat, f"And how many requests were it? ({'abcdefghijklmnopqrstuvwxyz'[number]})")
    late = values(await say(chat, conversation.question("How much did we spend?")))
    assert (late["total_cost"], late["monthly_budget"]) == (may, 90000)
    assert late["budget_left"] == pytest.approx(90000 - may, abs=0.005)
    (prompt,) = await conversation.prompts("triage")
    assert [said["role"] for said in prompt].count("user") == 21
    april = values(await say(chat, "And in April 2026?"))
    assert (april["total_cost"], april["monthly_budget"]) == (await cost(db, ada.tenant_id, GPT_4O, 4), 90000)
    cheaper = values(await say(chat, "Our budget is now 80000 USD a month. What about all models?"))
    assert (cheaper["total_cost"], cheaper["monthly_budget"]) == (await cost(db, ada.tenant_id, ALL, 4), 80000)


async def test_nothing_of_another_thread_is_known(
    ada: Person, db: asyncpg.Connection, conversation: Conversation
) -> None:
    await with_usage(db, ada.tenant_id)
    chat = await ada.chat()
    await say(chat, "Our budget is 123456 USD a month. How much did we spend on gpt-4o in March 2026?")
    other = await ada.chat()
    found = await say(other, conversation.question("How much did we spend?"))
    assert "monthly_budget" not in values(found)
    assert values(found)["total_cost"] == await cost(db, ada.tenant_id, ALL, 6)
    for task in ("triage", "report"):
        assert "123456" not in json.dumps(await conversation.prompts(task))


async def test_a_queued_question_knows_every_turn_before_it_and_the_answers_given_by_its_start(
    ada: Person, db: asyncpg.Connection, conversation: Conversation
) -> None:
    await with_usage(db, ada.tenant_id)
    chat = await ada.chat()
    await conversation.script({"delay_s": 0.5}, task="triage")
    first = await chat.acknowledged(await chat.ask(conversation.question("How much did gpt-4o cost in May 2026?")))
    thread = {"thread_id": first["thread_id"]}
    second = await chat.ask("And in April 2026?", **thread)
    third = await chat.ask(conversation.question("And how many requests?"), **thread)
    later = await chat.ask("And now all models, in March 2026?", **thread)
    assert (await chat.acknowledged(second))["data"]["queued_position"] >= 1
    end = await chat.answered(third)
    await chat.answered(later)
    assert end["data"]["result"]["period"] == {"from": "2026-04-01", "to": "2026-04-30"}
    (prompt,) = [p for p in await conversation.prompts("triage") if "how many requests" in p[-1]["content"]]
    turns = [said["content"] for said in prompt if said["role"] != "system"]
    answers = [m["content"] for m in (await ada.get(f"/api/threads/{first['thread_id']}/messages"))["items"]]
    assert [said["role"] for said in prompt[1:]] == ["user", "assistant", "user", "assistant", "user"]
    assert set(turns) <= set(answers)
    assert "And now all models, in March 2026?" not in turns


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (["triage", "data", "ghost", "report"], "AGENT_UNAVAILABLE"),
        (["triage", *["data", "optimization"] * 4, "report"], "HANDOFF_LIMIT"),
    ],
)
async def test_a_plan_that_cannot_be_followed_ends_at_once_with_one_code_over_socket_and_rest(
    ada: Person, conversation: Conversation, plan: list[str], code: str
) -> None:
    await conversation.script(*[{"json": {"plan": plan}}] * 2, task="triage")
    chat = await ada.chat()
    end = await say(chat, conversation.question())
    assert (end["type"], end["data"]["error"]["code"]) == ("agent_error", code)
    run = await ended(ada, await ask_over_rest(ada, conversation.question()), within_s=2)
    assert (run["state"], run["error"]["code"]) == ("failed", code)
    assert [step["state"] for step in run["steps"]] == ["failed", "skipped", "skipped", "skipped"]


async def test_a_run_that_takes_too_long_ends_with_one_code_over_socket_and_rest(tom: Person) -> None:
    async for begin in talking(tom.platform):
        talk = begin()
        await talk.script({"stall": True}, {"stall": True}, task="triage")
        chat = await tom.chat()
        end, run_id = await asyncio.gather(say(chat, talk.question()), ask_over_rest(tom, talk.question()))
        run = await ended(tom, run_id)
        assert (end["type"], end["data"]["error"]["code"]) == ("agent_error", "RUN_TIMEOUT")
        assert (run["state"], run["error"]["code"]) == ("failed", "RUN_TIMEOUT")


async def test_data_that_fails_for_good_ends_with_what_was_found(tom: Person) -> None:
    chat = await tom.chat()
    owner = await asyncpg.connect(tom.platform.postgres_url)
    await owner.execute("ALTER TABLE usage_records RENAME COLUMN input_tokens TO elsewhere")
    try:
        end = await say(chat, "How much did we spend in May 2026?")
    finally:
        await owner.execute("ALTER TABLE usage_records RENAME COLUMN elsewhere TO input_tokens")
        await owner.close()
    assert (end["type"], end["data"]["error"]["code"]) == ("agent_error", "DATA_UNAVAILABLE")
    assert end["data"]["partial_result"]["period"] == {"from": "2026-05-01", "to": "2026-05-31"}
    calls = [frame["data"]["status"] for frame in chat.of_run(end["run_id"]) if frame["type"] == "tool_completed"]
    assert calls == ["failed"] * 6
    run = await tom.get(f"/api/runs/{end['run_id']}")
    assert (run["state"], run["result"]) == ("failed", end["data"]["partial_result"])
    assert values(await say(chat, "And now?"))["total_cost"] == 0


async def test_the_breaker_opens_tells_readiness_makes_no_call_and_closes_again(tom: Person) -> None:
    ready_url = f"{tom.platform.backend_urls[0]}/health/ready"

    async def llm_is(status: str) -> bool:
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(ready_url)
        assert answer.status_code == 200
        if answer.json()["checks"]["llm"]["status"] != status:
            raise NotYet(answer.text)
        return True

    async for begin in talking(tom.platform):
        failing, quiet, good = begin(), begin(), begin()
        await failing.script(*[{"status": 500, "retry_after_s": 0}] * 8)
        chat = await tom.chat()
        end = await say(chat, failing.question())
        assert (end["data"]["status"], end["data"]["missing"]) == ("degraded", ["report"])
        retries = [f["data"]["retry"] for f in chat.of_run(end["run_id"]) if f["data"].get("retry")]
        assert [retry["attempt"] for retry in retries][:3] == [1, 2, 3]
        assert len(await failing.llm.requests(failing.marker)) == 5
        await llm_is("failed")
        end = await say(chat, quiet.question())
        assert (end["data"]["status"], await quiet.llm.requests(quiet.marker)) == ("degraded", [])
        await until(lambda: llm_is("ok"), within_s=BREAKER_OPEN_S + 2, what="the end of the quiet time")
        assert (await say(chat, good.question()))["data"]["status"] == "completed"
        assert len(await good.llm.requests(good.marker)) == 2

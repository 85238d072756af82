"""The mocked LLM as a process of its own: default replies, scripts by marker, faults on the wire."""

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from goldenpath.platform.embedded import start_llm
from goldenpath.platform.http_service import HttpService
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.platform.service import start_set
from goldenpath.usage_data import MODELS
from sut.agents.breaker import LlmBreaker
from sut.agents.llm import LlmClient
from sut.common.errors import PlatformError

KEY = "a-key-that-is-nobody's-business"


@pytest.fixture(scope="module")
def server() -> Iterator[HttpService]:
    servers, llm = start_set(lambda services: services.add(start_llm(services.directory)))
    yield llm
    servers.stop()


@pytest.fixture
async def http(server: HttpService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
async def control(server: HttpService) -> AsyncIterator[LlmControl]:
    async with LlmControl(server.url, server.token) as client:
        yield client


@pytest.fixture
def marker() -> str:
    return secrets.token_hex(8)


def prompt(question: str, task: str = "report", system: str = "") -> list[dict[str, str]]:
    return [{"role": "system", "content": f"Task: {task}\n{system}"}, {"role": "user", "content": question}]


async def whole(http: httpx.AsyncClient, messages: list[dict[str, str]]) -> httpx.Response:
    return await http.post(
        "/v1/chat/completions",
        json={"model": "m", "messages": messages},
        headers={"Authorization": f"Bearer {KEY}", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
    )


async def said(http: httpx.AsyncClient, messages: list[dict[str, str]]) -> str:
    text: str = (await whole(http, messages)).raise_for_status().json()["choices"][0]["message"]["content"]
    return text


async def streamed(http: httpx.AsyncClient, messages: list[dict[str, str]]) -> str:
    """Ask as the platform does, without retries."""

    async def give_up(attempt: int, wait_s: float, reason: str) -> None:
        raise PlatformError("LLM_UNAVAILABLE", reason)

    client = LlmClient(http, LlmBreaker(), url=str(http.base_url), model="m", api_key=None, first_token_s=0.3)
    return await client.ask(messages, give_up)


def with_marker(marker: str, question: str = "hello") -> str:
    return f"{question} {LlmControl.marker_text(marker)}"


async def test_live_and_lists(http: httpx.AsyncClient, server: HttpService) -> None:
    live = (await http.get("/health/live")).json()
    assert live == {"status": "live", "instance_token": server.token}
    models = (await http.get("/v1/models")).json()["data"]
    prices = (await http.get("/v1/prices")).json()
    assert [model["id"] for model in models] == [price["model"] for price in prices["prices"]]
    assert {(p["model"], p["output_per_million"]) for p in prices["prices"]} == {
        (model.name, float(model.output_per_million)) for model in MODELS
    }


async def test_default_triage_is_a_plan(http: httpx.AsyncClient) -> None:
    found = json.loads(await streamed(http, prompt("How much could we save?", "triage")))
    assert found["intent"] == "savings"
    assert found["plan"] == ["triage", "data", "optimization", "report"]


async def test_default_report_restates_exactly_the_facts(http: httpx.AsyncClient) -> None:
    facts = ["Total cost: 1,234.56 USD.", "Requests: 7."]
    messages = prompt("What did it cost?", system="Facts:\n" + "\n".join(f"- {fact}" for fact in facts))
    assert await streamed(http, messages) == await said(http, messages)
    assert (await said(http, messages)).endswith(" ".join(facts))


async def test_script_is_followed_in_order_and_then_over(
    http: httpx.AsyncClient, control: LlmControl, marker: str
) -> None:
    await control.script(marker, [{"content": "one"}, {"json": {"two": 2}}])
    await control.script(marker, [{"content": "three"}])
    ask = prompt(with_marker(marker))
    default = await said(http, prompt("hello"))
    assert [await streamed(http, ask) for _ in range(4)] == ["one", '{"two": 2}', "three", default]


async def test_scripts_touch_no_other_conversation(http: httpx.AsyncClient, control: LlmControl, marker: str) -> None:
    other = secrets.token_hex(8)
    await control.script(marker, [{"content": "mine"}] * 2)
    await control.script(other, [{"content": "theirs"}] * 2)
    default = await said(http, prompt("no marker"))
    answers = await asyncio.gather(
        *[said(http, prompt(question)) for question in (with_marker(marker), "plain", with_marker(other)) * 2]
    )
    assert answers == ["mine", default, "theirs"] * 2


async def test_marker_of_an_earlier_turn_selects_and_the_newest_wins(
    http: httpx.AsyncClient, control: LlmControl, marker: str
) -> None:
    newer = secrets.token_hex(8)
    await control.script(marker, [{"content": "old"}])
    await control.script(newer, [{"content": "new"}])
    first = prompt(with_marker(marker))
    follow_up = {"role": "user", "content": "and now?"}
    assert await said(http, [*first, {"role": "user", "content": with_marker(newer)}]) == "new"
    assert await said(http, [*first, {"role": "assistant", "content": "[[llm:nobody]]"}, follow_up]) == "old"


async def test_reply_for_one_task_waits_for_it(http: httpx.AsyncClient, control: LlmControl, marker: str) -> None:
    await control.script(marker, [{"content": "a report"}], for_task="report")
    assert "plan" in await said(http, prompt(with_marker(marker), "triage"))
    assert await said(http, prompt(with_marker(marker), "report")) == "a report"


async def test_refusals(http: httpx.AsyncClient, control: LlmControl, marker: str) -> None:
    await control.script(marker, [{"status": 429, "retry_after_s": 2}, {"status": 500}])
    first, second = [await whole(http, prompt(with_marker(marker))) for _ in range(2)]
    assert (first.status_code, first.headers["Retry-After"]) == (429, "2")
    assert (second.status_code, "Retry-After" in second.headers) == (500, False)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"content": "a long answer that is never finished", "cut_after_chars": 9}, "connection trouble"),
        ({"malformed_chunk": True}, "could not be read"),
        ({"stall": True}, "no token within"),
        ({"first_token_delay_s": 2}, "no token within"),
        ({"delay_s": 2}, "no token within"),
        ({"status": 404}, "it answered 404"),
    ],
)
async def test_faults_reach_the_platform_as_what_they_are(
    http: httpx.AsyncClient, control: LlmControl, marker: str, fault: dict[str, Any], reason: str
) -> None:
    await control.script(marker, [fault])
    with pytest.raises(PlatformError, match=reason):
        await streamed(http, prompt(with_marker(marker)))
    assert await streamed(http, prompt(with_marker(marker))), "the next one is served"


async def test_short_delays_only_delay(http: httpx.AsyncClient, control: LlmControl, marker: str) -> None:
    await control.script(marker, [{"content": "late", "first_token_delay_s": 0.15}])
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await streamed(http, prompt(with_marker(marker))) == "late"
    assert loop.time() - started >= 0.15


async def test_log_of_requests_is_per_conversation_and_without_keys(
    http: httpx.AsyncClient, control: LlmControl, marker: str
) -> None:
    await said(http, prompt("somebody else"))
    asked = prompt(with_marker(marker))
    await said(http, asked)
    (entry,) = await control.requests(marker)
    assert entry["messages"] == asked
    assert (entry["task"], entry["model"], entry["stream"], entry["scripted"]) == ("report", "m", False, False)
    assert entry["traceparent"].startswith("00-abab")
    everything = await control.requests()
    assert len(everything) > 1
    assert KEY not in json.dumps(everything)


async def test_cleared_conversation_is_forgotten(http: httpx.AsyncClient, control: LlmControl, marker: str) -> None:
    await control.script(marker, [{"content": "one"}, {"content": "two"}])
    assert await said(http, prompt(with_marker(marker))) == "one"
    await control.clear(marker)
    assert await control.requests(marker) == []
    assert await said(http, prompt(with_marker(marker))) != "two"


@pytest.mark.parametrize("token", ["", "Bearer wrong"])
async def test_control_needs_the_token(http: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": token}
    body = {"marker": "x", "replies": [{"content": "taken over"}]}
    assert (await http.post("/control/scripts", json=body, headers=headers)).status_code == 401
    assert (await http.get("/control/requests", headers=headers)).status_code == 401
    assert (await http.delete("/control/scripts?marker=x", headers=headers)).status_code == 401
    assert await said(http, prompt(with_marker("x"))) != "taken over"


@pytest.mark.parametrize(
    "body", [{}, {"marker": "x", "replies": [{"contents": "typo"}]}, {"marker": "x", "replies": 7}]
)
async def test_script_with_a_mistake_is_refused(http: httpx.AsyncClient, server: HttpService, body: Any) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    assert (await http.post("/control/scripts", json=body, headers=headers)).status_code == 422


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": 7}'])
async def test_prompt_with_a_mistake_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    assert (await http.post("/v1/chat/completions", content=body)).status_code == 400


def start_wrongly(port: int, **environment: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "goldenpath.platform.llm_server", "--port", str(port)]
    clean = {name: value for name, value in os.environ.items() if name != "GP_INSTANCE_TOKEN"}
    ended = subprocess.run(command, env=clean | environment, capture_output=True, text=True, timeout=20, check=False)
    return ended.returncode, ended.stderr


def test_start_that_cannot_be_ends_with_one_sentence() -> None:
    assert start_wrongly(1) == (2, "The mocked LLM needs GP_INSTANCE_TOKEN in its environment.\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = start_wrongly(port, GP_INSTANCE_TOKEN="t")
    assert (code, message.count("\n")) == (2, 1)
    assert f"cannot listen on 127.0.0.1:{port}" in message

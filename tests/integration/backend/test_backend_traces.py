"""One trace, from the client's message to every row, frame, call and answer that comes of it."""

import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import httpx
import pytest
from backend_user import Chat, Person
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from goldenpath.platform.llm_server.control import LlmControl

Asking = Callable[[Person, str, str], Awaitable[str]]


def traceparent() -> tuple[str, str]:
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"


async def over_the_socket(ada: Person, content: str, parent: str) -> str:
    chat = await ada.chat()
    end = await chat.answered(await chat.ask(content, traceparent=parent))
    assert {frame["trace_id"] for frame in chat.of_run(end["run_id"])} == {parent.split("-")[1]}
    return str(end["run_id"])


async def over_rest(ada: Person, content: str, parent: str) -> str:
    chat = await ada.chat()
    url = ada.platform.backend_urls[0]
    headers = {**ada.headers, "traceparent": parent}
    thread = (await ada.http.post(f"{url}/api/threads", json={}, headers=headers)).json()
    answer = await ada.http.post(
        f"{url}/api/threads/{thread['id']}/messages",
        json={"content": content, "client_message_id": secrets.token_hex(8)},
        headers=headers,
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["X-Trace-Id"] == answer.json()["trace_id"] == parent.split("-")[1]
    run_id = str(answer.json()["run_id"])
    await ended(chat, run_id)
    return run_id


async def over_rest_in_the_body(ada: Person, content: str, parent: str) -> str:
    chat = await ada.chat()
    thread = (await ada.call("POST", "/api/threads", {})).json()
    body = {"content": content, "client_message_id": secrets.token_hex(8), "traceparent": parent}
    answer = await ada.call("POST", f"/api/threads/{thread['id']}/messages", body)
    assert answer.json()["trace_id"] == parent.split("-")[1]
    run_id = str(answer.json()["run_id"])
    await ended(chat, run_id)
    return run_id


async def ended(chat: Chat, run_id: str) -> None:
    await chat.until(lambda frame: frame["type"] == "agent_completed" and frame["run_id"] == run_id)


@pytest.mark.parametrize("asking", [over_the_socket, over_rest, over_rest_in_the_body])
async def test_a_trace_is_continued_everywhere(ada: Person, asking: Asking) -> None:
    trace_id, parent = traceparent()
    marker = f"trace-{secrets.token_hex(4)}"
    run_id = await asking(ada, f"How much did we spend in May 2026? {LlmControl.marker_text(marker)}", parent)

    run = await ada.get(f"/api/runs/{run_id}")
    assert run["trace_id"] == trace_id
    messages = (await ada.get(f"/api/threads/{run['thread_id']}/messages"))["items"]
    assert [message["trace_id"] for message in messages] == [trace_id, trace_id]
    events = (await ada.get(f"/api/runs/{run_id}/events?limit=100"))["items"]
    assert {event["trace_id"] for event in events} == {trace_id}

    async with LlmControl(ada.platform.llm_url, ada.platform.llm_token) as llm:
        asked = await llm.requests(marker)
    assert {call["task"] for call in asked} == {"triage", "report"}
    assert {call["traceparent"].split("-")[1] for call in asked} == {trace_id}
    spans = {call["traceparent"].split("-")[2] for call in asked}
    assert len(spans) == len(asked)

    db = await asyncpg.connect(ada.platform.postgres_url)
    try:
        for table, column in (
            ("messages", "run_id"),
            ("runs", "id"),
            ("run_steps", "run_id"),
            ("run_events", "run_id"),
        ):
            rows = await db.fetch(f"SELECT trace_id FROM {table} WHERE {column} = $1", UUID(run_id))
            assert {row["trace_id"] for row in rows} == {trace_id}, table
    finally:
        await db.close()


async def test_each_message_without_a_trace_starts_one_and_its_ack_tells_it(ada: Person) -> None:
    chat = await ada.chat()
    acks = [await chat.acknowledged(await chat.ask()) for _ in range(2)]
    traces = [ack["trace_id"] for ack in acks]
    assert len(set(traces)) == 2
    assert all(len(trace) == 32 and int(trace, 16) for trace in traces)
    assert [(await ada.get(f"/api/runs/{ack['run_id']}"))["trace_id"] for ack in acks] == traces


@pytest.mark.parametrize(
    "bad", ["", "nonsense", f"00-{'0' * 32}-{'1' * 16}-01", "00-" + "g" * 32 + "-1111111111111111-01"]
)
async def test_an_unusable_traceparent_starts_a_new_trace(ada: Person, bad: str) -> None:
    answer = await ada.http.get(
        f"{ada.platform.backend_urls[0]}/api/threads", headers={**ada.headers, "traceparent": bad}
    )
    assert answer.status_code == 200
    trace_id = answer.headers["X-Trace-Id"]
    assert len(trace_id) == 32
    assert trace_id not in bad


async def test_audit_rows_carry_the_trace_of_their_request(ada: Person) -> None:
    trace_id, parent = traceparent()
    answer = await ada.http.post(f"{ada.platform.auth_url}/auth/logout", headers={**ada.headers, "traceparent": parent})
    assert answer.headers["X-Trace-Id"] == trace_id
    db = await asyncpg.connect(ada.platform.postgres_url)
    try:
        actions = await db.fetch("SELECT action FROM audit_log WHERE trace_id = $1", trace_id)
    finally:
        await db.close()
    assert [row["action"] for row in actions] == ["logout"]


async def test_refusals_are_answers_too(ada: Person) -> None:
    backend, auth = ada.platform.backend_urls[0], ada.platform.auth_url
    refused: list[httpx.Response] = []
    for method, url, headers in (
        ("GET", f"{backend}/api/threads", {}),
        ("GET", f"{backend}/api/nothing", ada.headers),
        ("GET", f"{backend}/nothing", {}),
        ("DELETE", f"{backend}/api/agents", ada.headers),
        ("POST", f"{backend}/api/threads", {**ada.headers, "Content-Type": "application/json"}),
        ("GET", f"{auth}/auth/me", {}),
        ("POST", f"{auth}/auth/login", {}),
        ("GET", f"{auth}/nothing", {}),
    ):
        trace_id, parent = traceparent()
        body = b"{" if method == "POST" else None
        answer = await ada.http.request(method, url, headers={**headers, "traceparent": parent}, content=body)
        assert answer.status_code >= 400, (url, answer.text)
        assert answer.headers["X-Trace-Id"] == answer.json()["error"]["trace_id"] == trace_id
        refused.append(answer)
    assert len({answer.headers["X-Request-Id"] for answer in refused}) == len(refused)
    for good in (f"{backend}/health/live", f"{backend}/health/ready", f"{backend}/metrics", f"{auth}/health/ready"):
        answer = await ada.http.get(good)
        assert answer.headers["X-Request-Id"]
        assert answer.headers["X-Trace-Id"]


async def test_a_refused_upgrade_tells_its_trace(ada: Person) -> None:
    trace_id, parent = traceparent()
    with pytest.raises(InvalidStatus) as refused:
        await connect(ada.platform.ws_urls[0], proxy=None, additional_headers={"traceparent": parent})
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["X-Trace-Id"] == trace_id
    assert refused.value.response.headers["X-Request-Id"]


async def test_an_accepted_upgrade_tells_its_trace(ada: Person) -> None:
    trace_id, parent = traceparent()
    chat = await ada.chat(additional_headers={**ada.headers, "traceparent": parent})
    response = chat.socket.response
    assert response is not None
    assert response.headers["X-Trace-Id"] == trace_id
    assert chat.frames[0]["trace_id"] == trace_id


async def test_a_refused_frame_tells_the_trace_that_it_named(ada: Person) -> None:
    trace_id, parent = traceparent()
    chat = await ada.chat()
    await chat.ask(thread_id=ada.user_id, traceparent=parent)
    error = await chat.until_type("error")
    assert error["trace_id"] == error["data"]["error"]["trace_id"] == trace_id

"""The backend over REST, and what PostgreSQL and Valkey hold, read directly as oracle."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from backend_user import ENDS, QUESTION, Person, error_of
from redis.asyncio import Redis

from goldenpath import oracle
from goldenpath.clients.postgres import PostgresClient
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import until
from goldenpath.usage_data import make_usage


@pytest.fixture
async def db(platform: EmbeddedPlatform) -> AsyncIterator["asyncpg.Connection[Any]"]:
    conn = await asyncpg.connect(platform.postgres_url)
    for kind in ("json", "jsonb"):
        await conn.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    yield conn
    await conn.close()


@pytest.fixture
async def redis(platform: EmbeddedPlatform) -> AsyncIterator[Redis]:
    async with Redis.from_url(platform.redis_url, decode_responses=True) as redis:
        yield redis


async def new_thread(person: Person, **fields: Any) -> str:
    answer = await person.call("POST", "/api/threads", fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def ended_run(person: Person, run_id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        run: dict[str, Any] = await person.get(f"/api/runs/{run_id}")
        return run if run["ended_at"] else None

    return await until(look, within_s=10, what=f"the end of run {run_id}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api"),
        ("GET", "/api/threads"),
        ("POST", "/api/threads"),
        ("GET", f"/api/runs/{uuid4()}"),
        ("GET", "/api/agents"),
        ("GET", "/api/nothing/of/the/kind"),
        ("PUT", "/api/threads"),
    ],
)
@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic YTpi"])
async def test_nothing_below_api_is_told_without_a_token(
    ada: Person, method: str, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await ada.http.request(method, ada.platform.backend_urls[0] + path, headers=headers)
    assert error_of(answer) == (401, "UNAUTHENTICATED")
    assert answer.headers["X-Trace-Id"] == answer.json()["error"]["trace_id"]


async def test_unknown_paths_and_methods_with_a_token(ada: Person) -> None:
    assert error_of(await ada.call("GET", "/api/nothing")) == (404, "NOT_FOUND")
    assert error_of(await ada.call("PUT", "/api/threads")) == (405, "METHOD_NOT_ALLOWED")


async def test_terminal_rest_and_rows_say_the_same(
    ada: Person, db: "asyncpg.Connection[Any]", platform: EmbeddedPlatform
) -> None:
    chat = await ada.chat()
    client_id = await chat.ask()
    end = await chat.answered(client_id)
    # at once: what a terminal says can be read when it arrives
    run, messages = await asyncio.gather(
        ada.get(f"/api/runs/{end['run_id']}"), ada.get(f"/api/threads/{end['thread_id']}/messages")
    )
    frames = chat.of_run(end["run_id"])
    result = end["data"]["result"]
    assert (run["state"], run["result"], run["missing"], run["error"]) == ("completed", result, [], None)
    assert run["plan"] == [step["agent"] for step in run["steps"]] == frames[1]["data"]["plan"]
    assert {step["state"] for step in run["steps"]} == {"done"}
    assert run["request_id"] == end["request_id"]
    question, reply = messages["items"]
    assert (question["role"], question["content"], question["client_message_id"]) == ("user", QUESTION, client_id)
    assert (question["seq"], reply["seq"]) == (1, end["seq"])
    assert (reply["role"], reply["content"], reply["result"]) == ("assistant", result["summary"], result)
    assert (reply["reply_to"], reply["run_id"]) == (question["id"], end["run_id"])
    events = await ada.get(f"/api/runs/{end['run_id']}/events?limit=100")
    assert events == {"items": frames, "next_cursor": None}
    row = await db.fetchrow("SELECT * FROM runs WHERE id = $1", UUID(end["run_id"]))
    assert row is not None
    assert (row["state"], row["result"], str(row["user_id"])) == ("completed", result, ada.user_id)
    assert (row["attempt"], row["instance"], row["lease_until"]) == (1, "backend-1", None)
    assert row["started_at"] <= row["ended_at"]
    stored = await db.fetch("SELECT * FROM run_events WHERE run_id = $1 ORDER BY seq", row["id"])
    assert [(str(event["id"]), event["seq"], event["type"], event["data"]) for event in stored] == [
        (frame["event_id"], frame["seq"], frame["type"], frame["data"]) for frame in frames
    ]
    assert {str(event["tenant_id"]) for event in stored} == {ada.tenant_id}
    last = await db.fetchval("SELECT last_seq FROM threads WHERE id = $1", UUID(end["thread_id"]))
    assert last == end["seq"]


async def test_answer_is_true(ada: Person, platform: EmbeddedPlatform) -> None:
    postgres = PostgresClient(platform.postgres_url)
    try:
        await oracle.add_usage(postgres, ada.tenant_id, make_usage(secrets.randbelow(10**6)))
        truth = await oracle.spending(postgres, ada.tenant_id, "gpt-4o", "2026-05")
    finally:
        await postgres.close()
    chat = await ada.chat()
    end = await chat.answered(await chat.ask())
    findings = {finding["metric"]: finding for finding in end["data"]["result"]["findings"]}
    assert Decimal(str(findings["total_cost"]["value"])).quantize(Decimal("0.01"), ROUND_HALF_UP) == truth


async def test_ack_is_stored_before_it_arrives(ada: Person, db: "asyncpg.Connection[Any]") -> None:
    chat = await ada.chat()
    ack = await chat.acknowledged(await chat.ask())
    message = await db.fetchrow("SELECT * FROM messages WHERE id = $1", UUID(ack["data"]["message_id"]))
    assert message is not None
    assert (message["content"], message["seq"], message["trace_id"]) == (QUESTION, ack["seq"], ack["trace_id"])
    assert await db.fetchval("SELECT count(*) FROM run_events WHERE id = $1", UUID(ack["event_id"])) == 1
    await chat.until_type(*ENDS)


async def test_redis_holds_copies_that_end_and_presence_goes(ada: Person, redis: Redis) -> None:
    prefix = ada.platform.redis_prefix
    chat = await ada.chat()
    end = await chat.answered(await chat.ask())
    context = f"{prefix}thread:{end['thread_id']}:context"

    async def complete() -> bool | None:
        state = await redis.get(f"{prefix}run:{end['run_id']}:state")
        turns = json.loads(await redis.get(context) or '{"turns": []}')["turns"]
        return True if state and json.loads(state)["state"] == "completed" and len(turns) == 2 else None

    await until(complete, within_s=2, what="the copies of the run")
    for key in (f"presence:{ada.user_id}", f"events:{ada.user_id}", f"run:{end['run_id']}:state"):
        assert await redis.ttl(prefix + key) > 0, key
    assert json.loads(await redis.get(context))["user_id"] == ada.user_id
    entries = await redis.hgetall(f"{prefix}presence:{ada.user_id}")
    assert list(entries) == [chat.frames[0]["data"]["connection_id"]]
    entry = json.loads(next(iter(entries.values())))
    until_ms = entry.pop("until")
    assert until_ms / 1000 > time.time()
    assert entry == {"instance": "backend-1", "session": chat.frames[0]["data"]["session_id"]}
    stream = [json.loads(fields["frame"]) for _, fields in await redis.xrange(f"{prefix}events:{ada.user_id}")]
    assert [frame["seq"] for frame in stream] == list(range(1, end["seq"] + 1))
    await chat.socket.close()

    async def gone() -> bool | None:
        return None if await redis.exists(f"{prefix}presence:{ada.user_id}") else True

    await until(gone, within_s=2, what="the end of the presence")


async def test_question_over_rest_runs_like_one_over_the_socket(ada: Person) -> None:
    chat = await ada.chat()
    thread_id = await new_thread(ada, title="Costs")
    body = {"content": QUESTION, "client_message_id": "rest-1"}
    taken = await ada.call("POST", f"/api/threads/{thread_id}/messages", body)
    assert taken.status_code == 202
    told = taken.json()
    assert (told["thread_id"], told["queued_position"], told["replayed"]) == (thread_id, 0, False)
    end = await chat.until_type("agent_completed")
    assert end["run_id"] == told["run_id"]
    assert chat.of_run(end["run_id"])[0]["data"]["message_id"] == told["message_id"]
    again = (await ada.call("POST", f"/api/threads/{thread_id}/messages", body)).json()
    assert again == {**told, "replayed": True}
    other = await ada.call("POST", f"/api/threads/{thread_id}/messages", {**body, "content": "Else?"})
    assert error_of(other) == (409, "ID_CONFLICT")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"client_message_id": "x"}, (422, "INVALID_INPUT")),
        ({"content": "a\0b", "client_message_id": "x"}, (422, "INVALID_INPUT")),
        ({"content": "Hi", "client_message_id": "x", "user_id": "me"}, (422, "INVALID_INPUT")),
        ({"content": "Hi"}, (422, "INVALID_INPUT")),
        (["Hi"], (422, "INVALID_INPUT")),
        ({"content": "H" * 70_000, "client_message_id": "x"}, (413, "TOO_BIG")),
    ],
)
async def test_bad_question_over_rest(ada: Person, body: Any, expected: tuple[int, str]) -> None:
    thread_id = await new_thread(ada)
    assert error_of(await ada.call("POST", f"/api/threads/{thread_id}/messages", body)) == expected
    assert (await ada.get(f"/api/threads/{thread_id}/messages"))["items"] == []


async def test_run_without_anybody_connected(ada: Person) -> None:
    thread_id = await new_thread(ada)
    body = {"content": QUESTION, "client_message_id": "alone"}
    told = (await ada.call("POST", f"/api/threads/{thread_id}/messages", body)).json()
    assert (await ended_run(ada, told["run_id"]))["state"] == "completed"


async def test_threads_can_be_listed_changed_archived_and_deleted(ada: Person) -> None:
    ids = [await new_thread(ada, title=f"T{number}") for number in range(5)]
    listed = []
    cursor = ""
    while cursor is not None:
        page = await ada.get(f"/api/threads?limit=2{cursor and f'&cursor={cursor}'}")
        assert len(page["items"]) <= 2
        listed += [thread["id"] for thread in page["items"]]
        cursor = page["next_cursor"]
    assert listed == ids[::-1]
    changed = await ada.call("PATCH", f"/api/threads/{ids[0]}", {"title": "T1", "archived": True})
    assert (changed.json()["title"], changed.json()["archived"]) == ("T1", True)
    assert ids[0] not in [thread["id"] for thread in (await ada.get("/api/threads"))["items"]]
    assert [thread["id"] for thread in (await ada.get("/api/threads?archived=true"))["items"]] == ids[:1]
    assert (await ada.get(f"/api/threads/{ids[0]}"))["title"] == "T1"
    assert (await ada.call("DELETE", f"/api/threads/{ids[1]}")).status_code == 204
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/messages")):
        answer = await ada.call(method, f"/api/threads/{ids[1]}{path}", {} if method == "PATCH" else None)
        assert error_of(answer) == (404, "NOT_FOUND")


async def test_messages_come_in_pages_by_seq(ada: Person) -> None:
    chat = await ada.chat()
    for number in range(3):
        end = await chat.answered(await chat.ask(f"{QUESTION} ({number})"))
    path = f"/api/threads/{end['thread_id']}/messages?limit=4"
    first = await ada.get(path)
    second = await ada.get(f"{path}&cursor={first['next_cursor']}")
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (4, 2, None)
    seqs = [message["seq"] for message in first["items"] + second["items"]]
    assert seqs == sorted(set(seqs))
    runs = (await ada.get(f"/api/runs?thread_id={end['thread_id']}&state=completed"))["items"]
    assert runs[0]["id"] == end["run_id"]
    assert len(runs) == 3
    assert (await ada.get("/api/runs?state=failed"))["items"] == []


async def test_deleting_a_thread_stops_its_runs_and_hides_them(ada: Person, db: "asyncpg.Connection[Any]") -> None:
    chat = await ada.chat()
    ack = await chat.acknowledged(await chat.ask())
    assert (await ada.call("DELETE", f"/api/threads/{ack['thread_id']}")).status_code == 204
    await chat.until_type(*ENDS)
    assert error_of(await ada.call("GET", f"/api/runs/{ack['run_id']}")) == (404, "NOT_FOUND")
    state = await db.fetchval("SELECT state FROM runs WHERE id = $1", UUID(ack["run_id"]))
    assert state in ("stopped", "completed")


@pytest.mark.parametrize(
    "path",
    [
        "/api/threads?limit=0",
        "/api/threads?limit=101",
        "/api/threads?limit=x",
        "/api/threads?cursor=x",
        "/api/threads?cursor=eA==",
        "/api/threads?archived=perhaps",
        "/api/runs?state=asleep",
    ],
)
async def test_bad_query_is_refused(ada: Person, path: str) -> None:
    assert error_of(await ada.call("GET", path)) == (422, "INVALID_INPUT")


async def test_foreign_unknown_and_malformed_objects_look_the_same(ada: Person, bob: Person) -> None:
    chat = await ada.chat()
    end = await chat.answered(await chat.ask())
    threads, runs = (end["thread_id"], str(uuid4()), "7"), (end["run_id"], str(uuid4()), "7")
    calls = [
        *(("GET", f"/api/threads/{thread}", None) for thread in threads),
        *(("PATCH", f"/api/threads/{thread}", {"title": "mine"}) for thread in threads),
        *(("DELETE", f"/api/threads/{thread}", None) for thread in threads),
        *(("GET", f"/api/threads/{thread}/messages", None) for thread in threads),
        *(
            ("POST", f"/api/threads/{thread}/messages", {"content": "Hi", "client_message_id": "x"})
            for thread in threads
        ),
        *(("GET", f"/api/runs/{run}", None) for run in runs),
        *(("GET", f"/api/runs/{run}/events", None) for run in runs),
        *(("POST", f"/api/runs/{run}/stop", None) for run in runs),
    ]
    for method, path, body in calls:
        assert error_of(await bob.call(method, path, body)) == (404, "NOT_FOUND"), path
    assert (await bob.get("/api/threads"))["items"] == (await bob.get("/api/runs"))["items"] == []
    assert (await ada.get(f"/api/threads/{end['thread_id']}"))["title"] == QUESTION


async def test_ended_run_cannot_be_stopped(ada: Person) -> None:
    chat = await ada.chat()
    end = await chat.answered(await chat.ask())
    assert error_of(await ada.call("POST", f"/api/runs/{end['run_id']}/stop")) == (409, "RUN_ENDED")


async def test_agents_and_tools_are_described(ada: Person) -> None:
    agents, tools = (await ada.get("/api/agents"))["items"], (await ada.get("/api/tools"))["items"]
    assert [agent["name"] for agent in agents] == ["triage", "data", "optimization", "report"]
    assert {tool["name"] for tool in tools} == {"usage_query", "cost_breakdown", "price_catalog", "savings_calculator"}
    for advert in agents + tools:
        assert all(advert[field] for field in ("name", "description", "schema", "example"))


async def test_logged_out_token_is_refused(ada: Person) -> None:
    await ada.get("/api/threads")
    await ada.logout()
    assert error_of(await ada.call("GET", "/api/threads")) == (401, "SESSION_REVOKED")


async def test_readiness_names_what_was_checked(ada: Person) -> None:
    answer = await ada.http.get(f"{ada.platform.backend_urls[0]}/health/ready")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ready"
    assert set(body["checks"]) == {"postgresql", "auth", "agents", "redis", "llm", "row_security"}

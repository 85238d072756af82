"""What the stores promise to the outside: search, the list of users, isolation, and a server without roles."""

import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from backend_user import Person, error_of, new_person

from goldenpath import runtime
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.own_servers import POSTGRES_VARIABLE


async def ask(person: Person, thread_id: str, content: str) -> str:
    answer = await person.call(
        "POST", f"/api/threads/{thread_id}/messages", {"content": content, "client_message_id": secrets.token_hex(8)}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["message_id"])


async def new_thread(person: Person) -> str:
    return str((await person.call("POST", "/api/threads", {})).json()["id"])


async def search(person: Person, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = await person.get(f"/api/messages/search?{urlencode(query)}")
    return found


async def test_search_finds_own_messages_page_by_page(ada: Person, bob: Person) -> None:
    word = f"w{secrets.token_hex(6)}"
    threads = [await new_thread(ada), await new_thread(ada)]
    ids = [await ask(ada, threads[number % 2], f"What did {word} cost, {number}?") for number in range(5)]
    assert (await search(bob, q=word))["items"] == []
    first = await search(ada, q=word.upper(), role="user", limit=3)
    assert [item["id"] for item in first["items"]] == [ids[4], ids[3], ids[2]]
    last = await search(ada, q=word.upper(), role="user", limit=3, cursor=first["next_cursor"])
    assert ([item["id"] for item in last["items"]], last["next_cursor"]) == ([ids[1], ids[0]], None)
    assert (await search(ada, q=word, role="assistant"))["items"] == []
    in_thread = await search(ada, q=f"{word} 3", thread_id=threads[1])
    assert [item["id"] for item in in_thread["items"]] == [ids[3]]
    now = datetime.now(UTC)
    assert (await search(ada, q=word, **{"from": (now + timedelta(minutes=1)).isoformat()}))["items"] == []
    assert (
        len((await search(ada, q=f"{word} cost", **{"from": (now - timedelta(minutes=1)).isoformat()}))["items"]) == 5
    )
    assert await ada.call("DELETE", f"/api/threads/{threads[0]}")
    assert [item["id"] for item in (await search(ada, q=word, role="user"))["items"]] == [ids[3], ids[1]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "  "},
        {"q": "a\0b"},
        {"q": "x" * 501},
        {"q": "a b c d e f g h i"},
        {"q": "a", "role": "robot"},
        {"q": "a", "from": "yesterday"},
        {"q": "a", "to": "2026-01-01T00:00:00"},
        {"q": "a", "cursor": "x"},
        {"q": "a", "limit": "0"},
    ],
)
async def test_a_search_in_bad_form_is_refused(ada: Person, query: dict[str, str]) -> None:
    assert error_of(await ada.call("GET", f"/api/messages/search?{urlencode(query)}")) == (422, "INVALID_INPUT")


@pytest.mark.parametrize("query", ["%", "' OR 1=1 --", "a:* & !b", "\\", '"', "🙂"])
async def test_special_characters_are_data(ada: Person, query: str) -> None:
    assert await search(ada, q=query) == {"items": [], "next_cursor": None}


async def test_another_users_thread_is_not_there(ada: Person, bob: Person) -> None:
    path = f"/api/messages/search?q=a&thread_id={await new_thread(bob)}"
    assert error_of(await ada.call("GET", path)) == (404, "NOT_FOUND")


async def audited(platform: EmbeddedPlatform, person: Person) -> list[tuple[str, str, Any]]:
    connection = await asyncpg.connect(platform.postgres_url)
    rows = await connection.fetch(
        "SELECT action, outcome, session_id FROM audit_log WHERE user_id = $1 AND action <> 'register' ORDER BY id",
        person.user_id,
    )
    await connection.close()
    return [(row["action"], row["outcome"], row["session_id"] is not None) for row in rows]


async def test_who_is_no_administrator_sees_no_users_and_that_is_written_down(
    platform: EmbeddedPlatform, ada: Person
) -> None:
    assert error_of(await ada.call("GET", "/api/admin/users")) == (403, "FORBIDDEN")
    assert await audited(platform, ada) == [("permission", "refused", True)]


async def test_an_administrator_sees_the_users_of_the_tenant_and_that_is_written_down(
    platform: EmbeddedPlatform, ada: Person, bob: Person
) -> None:
    connection = await asyncpg.connect(platform.postgres_url)
    await connection.execute("UPDATE users SET permissions = '{chat,admin}' WHERE id = $1", ada.user_id)
    await connection.execute("UPDATE users SET tenant_id = $1 WHERE id = $2", ada.tenant_id, bob.user_id)
    await connection.close()
    pair = await ada.http.post(f"{platform.auth_url}/auth/refresh", json={"refresh_token": ada.refresh_token})
    ada.token = pair.json()["access_token"]
    first = await ada.get("/api/admin/users?limit=1")
    rest = await ada.get(f"/api/admin/users?limit=1&cursor={first['next_cursor']}")
    users = [*first["items"], *rest["items"]]
    assert {user["id"] for user in users} == {ada.user_id, bob.user_id}
    assert rest["next_cursor"] is None
    assert set(users[0]) == {"id", "tenant_id", "email", "name", "permissions", "active", "created_at"}
    assert await audited(platform, ada) == [("admin_read", "ok", True)] * 2


async def test_health_tells_that_row_security_is_on(platform: EmbeddedPlatform) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for url in (platform.auth_url, *platform.backend_urls):
            told = (await http.get(f"{url}/health/ready")).json()
            assert told["status"] == "ready"
            assert told["checks"]["row_security"] == {"status": "ok", "detail": ""}


@pytest.fixture(scope="module")
def roleless(postgres_url: str) -> Iterator[EmbeddedPlatform]:
    """A platform, all its transactions serializable, on a user's server whose account may make databases, not roles."""
    account = f"user_{secrets.token_hex(4)}"

    async def say(statement: str) -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(statement)
        await connection.close()

    runtime.run(say(f"CREATE ROLE {account} LOGIN CREATEDB PASSWORD 'hunter2'"))
    place = postgres_url.rpartition("@")[2]
    options = ("--db-isolation", "serializable")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(POSTGRES_VARIABLE, f"postgresql://{account}:hunter2@{place}")
        running = EmbeddedPlatform.start(PlatformOptions(auth_options=options, backend_options=options))
    yield running
    running.stop()
    runtime.run(say(f"DROP ROLE {account}"))


@pytest.fixture
async def eve(roleless: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(roleless)
    yield person
    await person.leave()
    assert roleless.error_lines() == []


async def test_without_roles_the_services_work_and_say_what_is_missing(roleless: EmbeddedPlatform, eve: Person) -> None:
    for url in (roleless.auth_url, *roleless.backend_urls):
        answer = await eve.http.get(f"{url}/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        check = answer.json()["checks"]["row_security"]
        assert check["status"] == "failed"
        assert "may not make roles" in check["detail"]
    thread_id = await new_thread(eve)
    other = await new_person(roleless)
    assert error_of(await other.call("GET", f"/api/threads/{thread_id}")) == (404, "NOT_FOUND")
    await other.leave()


async def test_serializable_transactions_lose_no_message_of_many_at_once(eve: Person) -> None:
    chat = await eve.chat()
    threads = [await new_thread(eve) for _ in range(3)]
    sent = [await chat.ask(f"How much did we spend in May 2026? {n}", thread_id=threads[n % 3]) for n in range(9)]
    ends = [await chat.answered(client_id) for client_id in sent]
    assert {end["type"] for end in ends} == {"agent_completed"}
    for thread_id in threads:
        items = (await eve.get(f"/api/threads/{thread_id}/messages"))["items"]
        assert [item["role"] for item in items].count("assistant") == 3

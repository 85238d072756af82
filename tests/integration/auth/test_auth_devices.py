"""The own devices: listed, and ended one by one, with PostgreSQL and Valkey read directly as oracle."""

from uuid import UUID

import asyncpg
import httpx
from auth_service import (
    PASSWORD,
    RunningAuth,
    audit_rows,
    bearer,
    claims_of,
    code,
    logout,
    me,
    next_message,
    registered,
)
from redis.asyncio import Redis

from sut.common.ids import new_id

SESSIONS = "/auth/sessions"


def sid_of(pair: dict[str, str]) -> str:
    sid: str = claims_of(pair["access_token"])["sid"]
    return sid


async def login(client: httpx.AsyncClient, email: str, device: str) -> dict[str, str]:
    body = {"email": email, "password": PASSWORD}
    answer = await client.post("/auth/login", json=body, headers={"User-Agent": device})
    assert answer.status_code == 200
    pair: dict[str, str] = answer.json()
    return pair


async def test_own_sessions_are_listed_newest_first(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    first = await registered(client)
    await registered(client)
    email = first["user"]["email"]
    phone, gone, old = [await login(client, email, device) for device in ("Phone", "Gone", "Old")]
    await logout(client, gone["access_token"])
    await db.execute("UPDATE sessions SET access_expires_at = now() WHERE id = ANY($1)", [UUID(sid_of(old))])
    await db.execute("UPDATE refresh_tokens SET expires_at = now() WHERE session_id = $1", UUID(sid_of(old)))
    answer = await client.get(SESSIONS, headers=bearer(phone["access_token"]))
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [(item["id"], item["current"]) for item in items] == [(sid_of(phone), True), (sid_of(first), False)]
    assert items[1]["device"].startswith("python-httpx")
    assert all(item["created_at"].endswith("Z") and item["last_seen_at"].endswith("Z") for item in items)
    assert answer.json()["next_cursor"] is None


async def test_a_session_that_only_its_refresh_token_keeps_is_listed(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    first = await registered(client)
    other = await login(client, first["user"]["email"], "Asleep")
    await db.execute("UPDATE sessions SET access_expires_at = now() WHERE id = $1", UUID(sid_of(other)))
    items = (await client.get(SESSIONS, headers=bearer(first["access_token"]))).json()["items"]
    assert items[0]["device"] == "Asleep"


async def test_a_device_is_ended_everywhere_and_its_sockets_are_told(
    auth: RunningAuth, client: httpx.AsyncClient, db: asyncpg.Connection, redis: Redis
) -> None:
    first = await registered(client)
    lost = await login(client, first["user"]["email"], "Lost")
    sid = sid_of(lost)
    async with redis.pubsub() as channel:
        await channel.subscribe(f"{auth.prefix}revocations")
        answer = await client.delete(f"{SESSIONS}/{sid}", headers=bearer(first["access_token"]))
        assert (answer.status_code, answer.content) == (204, b"")
        assert await redis.exists(f"{auth.prefix}session:{sid}") == 0
        assert await redis.exists(f"{auth.prefix}revoked:{sid}") == 1
        assert await next_message(channel) == {"session_id": sid, "reason": "logout"}
    assert code(await me(client, lost["access_token"])) == (401, "SESSION_REVOKED")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": lost["refresh_token"]})
    assert code(refreshed) == (401, "SESSION_REVOKED")
    assert (await me(client, first["access_token"])).status_code == 200
    # Redis may forget; PostgreSQL does not
    await redis.delete(f"{auth.prefix}revoked:{sid}")
    assert code(await me(client, lost["access_token"])) == (401, "SESSION_REVOKED")
    again = await client.delete(f"{SESSIONS}/{sid}", headers=bearer(first["access_token"]))
    assert again.status_code == 204
    assert ("logout", "ok") in await audit_rows(db, first["user"]["id"])


async def test_the_own_device_can_be_ended(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    answer = await client.delete(f"{SESSIONS}/{sid_of(pair)}", headers=bearer(pair["access_token"]))
    assert answer.status_code == 204
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")


async def test_anothers_session_is_not_there(client: httpx.AsyncClient) -> None:
    own, other = await registered(client), await registered(client)
    for session_id in (sid_of(other), str(new_id()), "nonsense", "%00"):
        answer = await client.delete(f"{SESSIONS}/{session_id}", headers=bearer(own["access_token"]))
        assert code(answer) == (404, "NOT_FOUND")
    assert (await me(client, other["access_token"])).status_code == 200


async def test_sessions_need_a_token(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    sid = sid_of(pair)
    await logout(client, pair["access_token"])
    for headers, refusal in (({}, "UNAUTHENTICATED"), (bearer(pair["access_token"]), "SESSION_REVOKED")):
        assert code(await client.get(SESSIONS, headers=headers)) == (401, refusal)
        assert code(await client.delete(f"{SESSIONS}/{sid}", headers=headers)) == (401, refusal)

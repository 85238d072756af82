"""Preferences, permissions, users made for an administrator, and users who are no longer there."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from auth_service import PASSWORD, RunningAuth, audit_rows, bearer, claims_of, code, me, new_email, registered
from isolation_levels import at_every_level
from redis.asyncio import Redis

from sut.common.ids import new_id

USERS = "/auth/admin/users"
CHAT = {"permissions": ["chat"]}


async def change(client: httpx.AsyncClient, token: str, preferences: Any) -> httpx.Response:
    return await client.patch("/auth/me", headers=bearer(token), json={"preferences": preferences})


async def test_preferences_are_kept_and_changed_name_by_name(client: httpx.AsyncClient) -> None:
    pair, other = await registered(client), await registered(client)
    token = pair["access_token"]
    first = {"theme": "dark", "list": [1, 2.5, None, {"ü": "😀"}], "off": False}
    answer = await change(client, token, first)
    assert (answer.status_code, answer.json()["preferences"]) == (200, first)
    assert answer.json() == (await me(client, token)).json()
    await change(client, token, {"theme": None, "size": 3})
    expected = {"list": first["list"], "off": False, "size": 3}
    assert (await me(client, token)).json()["preferences"] == expected
    assert (await me(client, other["access_token"])).json()["preferences"] == {}


@at_every_level
async def test_changes_at_once_are_all_kept(client: httpx.AsyncClient) -> None:
    token = (await registered(client))["access_token"]
    await asyncio.gather(*(change(client, token, {f"name-{number}": number}) for number in range(12)))
    assert len((await me(client, token)).json()["preferences"]) == 12


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"preferences": null}',
        '{"preferences": []}',
        '{"preferences": "x"}',
        '{"name": "x", "preferences": {}}',
        '{"preferences": {}, "permissions": ["admin"]}',
        '{"preferences": {}, "tenant_id": "x"}',
        '{"preferences": {"a": 1e999}}',
        '{"preferences": {"a\\u0000": 1}}',
        json.dumps({"preferences": {"a": "x" * 8192}}),
        *('{"preferences": {"a": ' + "[" * depth + "]" * depth + "}}" for depth in (8, 500)),
    ],
)
async def test_unusable_preferences_are_refused_and_change_nothing(client: httpx.AsyncClient, body: str) -> None:
    token = (await registered(client))["access_token"]
    await change(client, token, {"kept": 1})
    answer = await client.patch("/auth/me", headers=bearer(token), content=body)
    assert code(answer) == (422, "INVALID_INPUT")
    assert (await me(client, token)).json()["preferences"] == {"kept": 1}


async def test_preferences_do_not_grow_without_end(client: httpx.AsyncClient) -> None:
    token = (await registered(client))["access_token"]
    answers = [await change(client, token, {f"name-{number}": "x" * 3000}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 422]


async def test_a_change_of_permissions_holds_from_the_next_refresh(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    await db.execute("UPDATE users SET permissions = '{history}' WHERE id = $1", UUID(pair["user"]["id"]))
    assert (await me(client, pair["access_token"])).status_code == 200
    new = (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    assert claims_of(pair["access_token"])["permissions"] == ["chat", "history"]
    assert claims_of(new["access_token"])["permissions"] == ["history"]


async def test_a_service_makes_users_with_tenant_and_permissions(
    client: httpx.AsyncClient, db: asyncpg.Connection, service_token: str
) -> None:
    tenant_id = (await registered(client))["user"]["tenant_id"]
    email = new_email()
    body = {"email": email.upper(), "password": PASSWORD, "tenant_id": tenant_id, "permissions": ["admin", "chat"]}
    answer = await client.post(USERS, headers=bearer(service_token), json=body)
    assert answer.status_code == 201, answer.text
    user = answer.json()["user"]
    assert (user["email"], user["tenant_id"], user["permissions"]) == (email, tenant_id, ["admin", "chat"])
    assert PASSWORD not in answer.text
    signed_in = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
    claims = claims_of(signed_in.json()["access_token"])
    assert (claims["tid"], claims["permissions"]) == (tenant_id, ["admin", "chat"])
    assert await audit_rows(db, user["id"]) == [("admin_user", "ok"), ("login", "ok")]
    assert code(await client.post(USERS, headers=bearer(service_token), json=body)) == (409, "ALREADY_EXISTS")
    alone = {"email": new_email(), "password": PASSWORD, "permissions": []}
    made = await client.post(USERS, headers=bearer(service_token), json=alone)
    assert (made.status_code, made.json()["user"]["permissions"]) == (201, [])
    assert made.json()["user"]["tenant_id"] != tenant_id


async def test_users_are_made_by_services_only_and_a_refusal_is_written_down(
    client: httpx.AsyncClient, db: asyncpg.Connection, service_token: str
) -> None:
    pair = await registered(client)
    await db.execute("UPDATE users SET permissions = '{admin}' WHERE id = $1", UUID(pair["user"]["id"]))
    admin = (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    body = {"email": new_email(), "password": PASSWORD, **CHAT}
    assert code(await client.post(USERS, json=body)) == (401, "UNAUTHENTICATED")
    for token in ("nonsense", service_token[:-2], pair["refresh_token"]):
        assert code(await client.post(USERS, headers=bearer(token), json=body)) == (401, "UNAUTHENTICATED")
    assert code(await client.post(USERS, headers=bearer(admin["access_token"]), json=body)) == (403, "FORBIDDEN")
    assert ("permission", "refused") in await audit_rows(db, pair["user"]["id"])
    assert await db.fetchval("SELECT count(*) FROM users WHERE email = $1", body["email"]) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"permissions": None},
        {"permissions": "chat"},
        {"permissions": ["root"]},
        {"permissions": [["chat"]]},
        {"tenant_id": "nonsense"},
        {"tenant_id": 7},
        {"tenant_id": str(new_id())},
        {"password": "short"},
        {"email": "nonsense"},
    ],
)
async def test_an_unusable_user_is_not_made(
    client: httpx.AsyncClient, service_token: str, changes: dict[str, Any]
) -> None:
    body = {"email": new_email(), "password": PASSWORD, **CHAT, **changes}
    assert code(await client.post(USERS, headers=bearer(service_token), json=body)) == (422, "INVALID_INPUT")


async def test_a_removed_user_is_refused_once_the_mark_of_30_s_is_gone(
    auth: RunningAuth, client: httpx.AsyncClient, db: asyncpg.Connection, redis: Redis
) -> None:
    pair = await registered(client)
    user_id, key = UUID(pair["user"]["id"]), f"{auth.prefix}session:{claims_of(pair['access_token'])['sid']}"
    # asking does not make the mark live longer
    await redis.pexpire(key, 20_000)
    assert (await me(client, pair["access_token"])).status_code == 200
    assert await redis.pttl(key) <= 20_000
    async with db.transaction():
        for table in ("refresh_tokens", "sessions"):
            await db.execute(f"DELETE FROM {table} WHERE user_id = $1", user_id)
        await db.execute("DELETE FROM users WHERE id = $1", user_id)
    refreshed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert code(refreshed) == (401, "SESSION_REVOKED")
    body = {"email": pair["user"]["email"], "password": PASSWORD}
    assert code(await client.post("/auth/login", json=body)) == (401, "INVALID_CREDENTIALS")
    await redis.delete(key)
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")

"""Refresh and logout: how a session goes on and ends, with PostgreSQL and Valkey read directly as oracle."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import httpx
import jwt
import pytest
from auth_service import (
    JWT_SECRET,
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
from isolation_levels import at_every_level
from redis.asyncio import Redis

from goldenpath.polling import until
from sut.auth.session_marks import mark_ended, mark_standing
from sut.common.ids import new_id
from sut.store import sessions
from sut.store.redis import Cache


@pytest.mark.parametrize("name", ["refresh_token", "refreshToken"])
async def test_refresh_gives_a_new_pair_of_the_same_session_and_the_old_access_token_stays_good(
    client: httpx.AsyncClient, db: asyncpg.Connection, name: str
) -> None:
    old = await registered(client)
    await db.execute("UPDATE users SET permissions = '{chat,history,admin}' WHERE id = $1", UUID(old["user"]["id"]))
    answer = await client.post("/auth/refresh", json={name: old["refresh_token"]})
    assert answer.status_code == 200
    new = answer.json()
    before, after = claims_of(old["access_token"]), claims_of(new["access_token"])
    assert before["sid"] == after["sid"]
    assert before["jti"] != after["jti"]
    assert (before["permissions"], after["permissions"]) == (["chat", "history"], ["admin", "chat", "history"])
    for token in (old["access_token"], new["access_token"]):
        assert (await me(client, token)).status_code == 200
    again = await client.post("/auth/refresh", json={"refresh_token": new["refresh_token"]})
    assert again.status_code == 200


@at_every_level
async def test_a_second_use_of_a_refresh_token_ends_the_session(
    auth: RunningAuth, client: httpx.AsyncClient, db: asyncpg.Connection, redis: Redis
) -> None:
    pair = await registered(client)
    sid = claims_of(pair["access_token"])["sid"]
    async with redis.pubsub() as channel:
        await channel.subscribe(f"{auth.prefix}revocations")
        first = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        second = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        told = await next_message(channel)
    assert first.status_code == 200
    assert code(second) == (401, "SESSION_REVOKED")
    assert told == {"session_id": sid, "reason": "refresh_reuse"}
    for token in (pair["access_token"], first.json()["access_token"]):
        assert code(await me(client, token)) == (401, "SESSION_REVOKED")
    third = await client.post("/auth/refresh", json={"refresh_token": first.json()["refresh_token"]})
    assert code(third) == (401, "SESSION_REVOKED")
    assert await audit_rows(db, pair["user"]["id"]) == [("register", "ok"), ("refresh", "reused")]


@at_every_level
async def test_of_parallel_uses_at_most_one_wins_and_the_session_ends(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    body = {"refresh_token": pair["refresh_token"]}
    answers = await asyncio.gather(*(client.post("/auth/refresh", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")


@at_every_level
async def test_a_refresh_waits_for_a_session_that_is_being_ended(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    session_id = UUID(claims_of(pair["access_token"])["sid"])

    async def waits() -> bool:
        return await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") or None

    async with db.transaction():
        await sessions.revoke(db, session_id, "ended by an admin")
        refreshing = asyncio.create_task(client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]}))
        await until(waits, within_s=5, what="the refresh at the lock")
    assert code(await refreshing) == (401, "SESSION_REVOKED")


async def test_another_users_session_is_untouched_by_a_reuse(client: httpx.AsyncClient) -> None:
    victim, other = await registered(client), await registered(client)
    for _ in range(2):
        await client.post("/auth/refresh", json={"refresh_token": victim["refresh_token"]})
    assert (await me(client, other["access_token"])).status_code == 200


async def test_only_a_good_refresh_token_refreshes(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    for token in ("", "nonsense", pair["access_token"], pair["refresh_token"][:-2]):
        assert code(await client.post("/auth/refresh", json={"refresh_token": token})) == (401, "UNAUTHENTICATED")
    assert code(await client.post("/auth/refresh", json={})) == (422, "INVALID_INPUT")
    claims = claims_of(pair["refresh_token"])
    expired = jwt.encode(claims | {"exp": int(time.time()) - 1}, JWT_SECRET, "HS256")
    assert code(await client.post("/auth/refresh", json={"refresh_token": expired})) == (401, "TOKEN_EXPIRED")
    assert (await me(client, pair["access_token"])).status_code == 200


@pytest.mark.parametrize("in_parts", [False, True])
async def test_a_logout_with_too_great_a_body_is_refused_and_ends_nothing(
    client: httpx.AsyncClient, in_parts: bool
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1000

    token = (await registered(client))["access_token"]
    body = parts() if in_parts else b" " * 70_000
    answer = await client.post("/auth/logout", headers=bearer(token), content=body)
    assert code(answer) == (413, "TOO_BIG")
    assert (await me(client, token)).status_code == 200


async def test_logout_is_known_to_both_stores_before_it_is_answered(
    auth: RunningAuth, client: httpx.AsyncClient, db: asyncpg.Connection, redis: Redis
) -> None:
    pair = await registered(client)
    sid = claims_of(pair["access_token"])["sid"]
    session_key, revoked_key = f"{auth.prefix}session:{sid}", f"{auth.prefix}revoked:{sid}"
    stored = json.loads(await redis.get(session_key) or "{}")
    assert stored["user_id"] == pair["user"]["id"]
    async with redis.pubsub() as channel:
        await channel.subscribe(f"{auth.prefix}revocations")
        answer = await client.post("/auth/logout", headers=bearer(pair["access_token"]))
        assert (answer.status_code, answer.content) == (204, b"")
        assert await redis.exists(session_key) == 0
        assert await redis.get(revoked_key) == "logout"
        assert 890 < await redis.ttl(revoked_key) <= 905
        assert await next_message(channel) == {"session_id": sid, "reason": "logout"}
    row = await db.fetchrow("SELECT revoked_at, revoked_reason FROM sessions WHERE id = $1", UUID(sid))
    assert row is not None
    assert row["revoked_at"] is not None
    assert row["revoked_reason"] == "logout"
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")
    assert code(await logout(client, pair["access_token"])) == (401, "SESSION_REVOKED")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert code(refreshed) == (401, "SESSION_REVOKED")
    assert await audit_rows(db, pair["user"]["id"]) == [("register", "ok"), ("logout", "ok")]


async def test_a_logout_survives_an_emptied_redis(auth: RunningAuth, client: httpx.AsyncClient, redis: Redis) -> None:
    pair = await registered(client)
    await logout(client, pair["access_token"])
    await redis.delete(f"{auth.prefix}revoked:{claims_of(pair['access_token'])['sid']}")
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")


async def test_a_slow_answer_does_not_bring_an_ended_session_back(redis_url: str) -> None:
    cache = Cache.open(redis_url, f"gp-{new_id()}:")
    session_id, end = new_id(), datetime.now(UTC) + timedelta(seconds=60)
    await mark_standing(cache, session_id, new_id(), end, seen_at=datetime.now(UTC))
    assert await cache.redis.exists(cache.keys.session(session_id)) == 1
    await mark_ended(cache, {session_id: end}, "logout")
    await mark_standing(cache, session_id, new_id(), end, seen_at=datetime.now(UTC))
    assert await cache.redis.exists(cache.keys.session(session_id)) == 0
    await cache.close()


async def test_a_slow_answer_is_not_believed_for_longer_than_a_fast_one(redis_url: str) -> None:
    cache = Cache.open(redis_url, f"gp-{new_id()}:")
    now = datetime.now(UTC)
    for age_s, believed_ms in ((0, 30_000), (20, 10_000), (31, 0)):
        session_id = new_id()
        await mark_standing(cache, session_id, new_id(), now, seen_at=now - timedelta(seconds=age_s))
        left_ms = await cache.redis.pttl(cache.keys.session(session_id))
        assert believed_ms - 2000 < left_ms <= believed_ms
    await cache.close()


@at_every_level
async def test_logout_ends_this_device_or_all(client: httpx.AsyncClient) -> None:
    first = await registered(client)
    body = {"email": first["user"]["email"], "password": PASSWORD}
    second, third = [(await client.post("/auth/login", json=body)).json() for _ in range(2)]
    stranger = await registered(client)
    assert (await logout(client, first["access_token"])).status_code == 204
    assert (await me(client, second["access_token"])).status_code == 200
    assert (await logout(client, second["access_token"], all_devices=True)).status_code == 204
    for pair in (first, second, third):
        assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")
    assert (await me(client, stranger["access_token"])).status_code == 200


async def test_an_unusable_logout_is_refused_and_ends_nothing(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    assert code(await client.post("/auth/logout")) == (401, "UNAUTHENTICATED")
    assert code(await logout(client, pair["access_token"], all_devices="yes")) == (422, "INVALID_INPUT")
    assert code(await logout(client, pair["refresh_token"])) == (401, "UNAUTHENTICATED")
    assert (await me(client, pair["access_token"])).status_code == 200

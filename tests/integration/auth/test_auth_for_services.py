"""What the auth service offers to other services."""

import time

import asyncpg
import httpx
import jwt
from auth_service import (
    JWT_SECRET,
    SERVICE_SECRET,
    RunningAuth,
    bearer,
    claims_of,
    code,
    logout,
    me,
    registered,
)
from redis.asyncio import Redis

from sut.common.ids import new_id
from sut.common.tokens import TokenIssuer


async def test_validate_answers_from_postgresql_and_refills_redis(
    auth: RunningAuth, client: httpx.AsyncClient, redis: Redis, service_token: str
) -> None:
    pair = await registered(client)
    claims = claims_of(pair["access_token"])
    session_key = f"{auth.prefix}session:{claims['sid']}"
    await redis.delete(session_key)
    answer = await client.post("/auth/validate", headers=bearer(service_token), json={"token": pair["access_token"]})
    verdict = answer.json()
    expires_at = verdict.pop("expires_at")
    assert verdict == {
        "valid": True,
        "user_id": pair["user"]["id"],
        "session_id": claims["sid"],
        "tenant_id": pair["user"]["tenant_id"],
        "permissions": ["chat", "history"],
    }
    assert expires_at.endswith(".000Z")
    assert 0 < await redis.ttl(session_key) <= 30


async def test_validate_says_why_a_token_is_refused(client: httpx.AsyncClient, service_token: str) -> None:
    pair = await registered(client)
    claims = claims_of(pair["access_token"])
    expired = jwt.encode(claims | {"exp": int(time.time()) - 1}, JWT_SECRET, "HS256")
    unknown = TokenIssuer(JWT_SECRET).access(new_id(), new_id(), new_id(), []).text
    await logout(client, pair["access_token"])
    tokens = {"expired": expired, "unknown_session": unknown, "revoked": pair["access_token"], "not_accepted": "x"}
    for reason, token in tokens.items():
        answer = await client.post("/auth/validate", headers=bearer(service_token), json={"token": token})
        assert (answer.status_code, answer.json()) == (200, {"valid": False, "reason": reason})


async def test_validate_is_for_services_only(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    body = {"token": pair["access_token"]}
    assert code(await client.post("/auth/validate", json=body)) == (401, "UNAUTHENTICATED")
    with_users_token = await client.post("/auth/validate", headers=bearer(pair["access_token"]), json=body)
    assert code(with_users_token) == (401, "UNAUTHENTICATED")


async def test_a_service_token_needs_the_secret_and_a_known_name(client: httpx.AsyncClient, service_token: str) -> None:
    for service_id, secret in (("backend", "wrong"), ("backend", "ü"), ("nobody", SERVICE_SECRET)):
        body = {"service_id": service_id, "service_secret": secret}
        assert code(await client.post("/auth/service-token", json=body)) == (401, "INVALID_CREDENTIALS")
    assert code(await me(client, service_token)) == (401, "UNAUTHENTICATED")


async def test_the_address_is_in_the_registry_and_connections_are_named(
    auth: RunningAuth, redis: Redis, db: asyncpg.Connection
) -> None:
    assert await redis.get(f"{auth.prefix}registry:auth") == auth.service.url
    assert 0 < await redis.ttl(f"{auth.prefix}registry:auth") <= 30
    names = await db.fetch("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'gp-auth-%'")
    assert names
    assert all(row["application_name"].removeprefix("gp-auth-").isdigit() for row in names)


async def test_every_key_of_the_service_has_an_end(auth: RunningAuth, client: httpx.AsyncClient, redis: Redis) -> None:
    pair = await registered(client)
    await logout(client, pair["access_token"])
    keys = [key async for key in redis.scan_iter(f"{auth.prefix}*")]
    assert keys
    assert all([await redis.ttl(key) > 0 for key in keys])

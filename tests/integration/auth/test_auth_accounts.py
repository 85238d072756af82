"""Registration, login and the own record, over HTTP, with PostgreSQL and Valkey read directly as oracle."""

import asyncio
import statistics
import time
from typing import Any
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
    me,
    new_email,
    registered,
)
from isolation_levels import at_every_level
from redis.asyncio import Redis

from sut.common.ids import new_id
from sut.common.tokens import TokenIssuer

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def test_registration_makes_a_user_in_a_tenant_of_one_with_a_session(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    email = new_email()
    body = {"email": email.upper(), "password": PASSWORD, "name": "Ada 😀"}
    answer = await client.post("/auth/register", json=body)
    assert answer.status_code == 201
    pair, user = answer.json(), answer.json()["user"]
    assert (user["email"], user["name"], user["permissions"]) == (email, "Ada 😀", ["chat", "history"])
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    claims = claims_of(pair["access_token"])
    assert (claims["sub"], claims["tid"]) == (user["id"], user["tenant_id"])
    row = await db.fetchrow("SELECT * FROM users WHERE id = $1", UUID(user["id"]))
    assert row is not None
    assert str(row["tenant_id"]) == user["tenant_id"]
    assert row["password_hash"].startswith("$argon2id$")
    assert await db.fetchval("SELECT count(*) FROM users WHERE tenant_id = $1", UUID(user["tenant_id"])) == 1
    session = await db.fetchrow("SELECT * FROM sessions WHERE user_id = $1", UUID(user["id"]))
    assert session is not None
    assert (str(session["id"]), session["device"][:12]) == (claims["sid"], "python-httpx")
    assert session["access_expires_at"].timestamp() == claims["exp"]


@at_every_level
async def test_of_many_who_register_one_address_at_once_exactly_one_wins(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    email = f"äda-{new_email()}"
    tenants = await db.fetchval("SELECT count(*) FROM tenants")
    bodies = [{"email": text, "password": PASSWORD} for text in (email, email.upper(), email.title()) * 4]
    answers = await asyncio.gather(*(client.post("/auth/register", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {code(answer)[1] for answer in answers if answer.status_code == 409} == {"ALREADY_EXISTS"}
    assert await db.fetchval("SELECT count(*) FROM tenants") == tenants + 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.com"},
        {"password": PASSWORD},
        {"email": 1, "password": PASSWORD},
        *(
            {"email": email, "password": PASSWORD}
            for email in ("", "ada", "ada@", "@example.com", "a@b", "a b@example.com", "a@b@example.com", "a@x..com")
        ),
        {"email": "a" * 250 + "@example.com", "password": PASSWORD},
        {"email": "weak@example.com", "password": "short"},
        {"email": "weak@example.com", "password": "aaaaaaaaaa"},
        {"email": "nul@example.com", "password": PASSWORD + "\0"},
        {"email": "nul\0@example.com", "password": PASSWORD},
        {"email": "name@example.com", "password": PASSWORD, "name": 7},
        {"email": "name@example.com", "password": PASSWORD, "name": "x" * 201},
        *(
            {"email": "identity@example.com", "password": PASSWORD, name: "x"}
            for name in ("user_id", "tenant_id", "roles", "permissions")
        ),
    ],
)
async def test_an_unusable_registration_is_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert code(await client.post("/auth/register", json=body)) == (422, "INVALID_INPUT")


async def test_what_is_no_json_is_refused(client: httpx.AsyncClient) -> None:
    for path in ("/auth/register", "/auth/login", "/auth/refresh", "/auth/service-token"):
        assert code(await client.post(path, content="{")) == (400, "INVALID_JSON")


async def test_login_opens_another_session_of_the_same_user(client: httpx.AsyncClient) -> None:
    first = await registered(client)
    body = {"email": first["user"]["email"].upper(), "password": PASSWORD}
    second = await client.post("/auth/login", json=body)
    assert second.status_code == 200
    assert second.json()["user"] == first["user"]
    sids = {claims_of(pair["access_token"])["sid"] for pair in (first, second.json())}
    assert len(sids) == 2


async def test_unknown_user_and_wrong_password_are_told_alike(client: httpx.AsyncClient) -> None:
    known = (await registered(client))["user"]["email"]
    bodies = [{"email": email, "password": "wrong " + PASSWORD} for email in (known, new_email())]
    wrong, unknown = [await client.post("/auth/login", json=body) for body in bodies]
    assert code(wrong) == code(unknown) == (401, "INVALID_CREDENTIALS")
    assert wrong.json()["error"]["message"] == unknown.json()["error"]["message"]


async def test_logins_and_their_failures_are_in_the_audit_log_with_their_trace(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    user_id, email, stranger = pair["user"]["id"], pair["user"]["email"], new_email()
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    for address, password in ((email, "wrong password"), (email, PASSWORD), (stranger, PASSWORD)):
        await client.post("/auth/login", json={"email": address, "password": password}, headers=headers)
    assert await audit_rows(db, user_id) == [("register", "ok"), ("login", "failed"), ("login", "ok")]
    rows = await db.fetch("SELECT trace_id, details FROM audit_log WHERE details->>'email' = $1", stranger)
    assert [row["trace_id"] for row in rows] == [TRACE]
    everything = await db.fetchval("SELECT string_agg(a::text, '') FROM audit_log a")
    assert PASSWORD not in everything
    assert "wrong password" not in everything


async def test_an_inactive_user_cannot_log_in_refresh_or_go_on(
    auth: RunningAuth,
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    redis: Redis,
    service_token: str,
) -> None:
    pair = await registered(client)
    await db.execute("UPDATE users SET active = false WHERE id = $1", UUID(pair["user"]["id"]))
    body = {"email": pair["user"]["email"], "password": PASSWORD}
    assert code(await client.post("/auth/login", json=body)) == (401, "INVALID_CREDENTIALS")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert code(refreshed) == (401, "SESSION_REVOKED")
    session_key = f"{auth.prefix}session:{claims_of(pair['access_token'])['sid']}"
    assert 0 < await redis.ttl(session_key) <= 30  # the longest that the services go on believing
    await redis.delete(session_key)
    assert code(await me(client, pair["access_token"])) == (401, "SESSION_REVOKED")
    verdict = await client.post("/auth/validate", headers=bearer(service_token), json={"token": pair["access_token"]})
    assert verdict.json() == {"valid": False, "reason": "inactive_user"}


async def test_time_does_not_tell_who_exists(client: httpx.AsyncClient) -> None:
    """A handful of guesses each; then both addresses are locked, and that takes the same time, too."""

    async def times_s(email: str, tries: int, status: int) -> list[float]:
        times = []
        for _ in range(tries):
            before = time.perf_counter()
            answer = await client.post("/auth/login", json={"email": email, "password": "wrong password"})
            times.append(time.perf_counter() - before)
            assert answer.status_code == status
        return times

    guessed: dict[bool, list[float]] = {True: [], False: []}
    locked: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        known = (await registered(client))["user"]["email"]
        for exists, email in ((True, known), (False, new_email())):
            guessed[exists] += await times_s(email, 5, 401)
            locked[exists] += await times_s(email, 5, 429)
    for times in (guessed, locked):
        assert 0.5 < statistics.median(times[True]) / statistics.median(times[False]) < 2


async def test_me_shows_the_own_record(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    answer = await me(client, pair["access_token"])
    record = answer.json()
    assert pair["user"].items() <= record.items()
    assert record["preferences"] == {}
    assert record["session_id"] == claims_of(pair["access_token"])["sid"]
    assert "password" not in answer.text


async def test_a_token_of_a_session_that_never_was_is_refused(client: httpx.AsyncClient) -> None:
    token = TokenIssuer(JWT_SECRET).access(new_id(), new_id(), new_id(), ["admin"]).text
    assert code(await me(client, token)) == (401, "SESSION_REVOKED")


async def test_an_expired_token_is_refused(client: httpx.AsyncClient) -> None:
    pair = await registered(client)
    claims = claims_of(pair["access_token"])
    expired = jwt.encode(claims | {"exp": int(time.time()) - 1}, JWT_SECRET, "HS256")
    assert code(await me(client, expired)) == (401, "TOKEN_EXPIRED")

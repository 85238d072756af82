"""The auth service while a store is away, and after."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
from auth_service import PASSWORD, RunningAuth, bearer, code, me, new_email, registered, start_auth
from redis.asyncio import Redis

from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.service import start_set
from goldenpath.platform.valkey import EmbeddedValkey
from goldenpath.polling import NotYet, until


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    servers, postgres = start_set(lambda services: services.add(EmbeddedPostgres(services.directory)))
    yield postgres
    servers.stop()


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    servers, valkey = start_set(lambda services: services.add(EmbeddedValkey(services.directory)))
    yield valkey
    servers.stop()


@pytest.fixture(scope="module")
def auth(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Iterator[RunningAuth]:
    running = start_auth(postgres.url, valkey.url)
    yield running
    errors = running.error_lines()
    running.servers.stop()
    assert errors == []


async def timed(call: Awaitable[httpx.Response]) -> tuple[httpx.Response, float]:
    before = time.monotonic()
    answer = await call
    return answer, time.monotonic() - before


async def succeeds(call: Callable[[], Awaitable[httpx.Response]], status: int, *, within_s: float) -> None:
    async def look() -> bool:
        answer = await call()
        if answer.status_code != status:
            raise NotYet(f"{answer.status_code} {answer.text}")
        return True

    await until(look, within_s=within_s, what="the service at work again")


async def test_with_redis_away_all_but_logout_works(
    auth: RunningAuth, client: httpx.AsyncClient, valkey: EmbeddedValkey
) -> None:
    pair = await registered(client)
    token = pair["access_token"]
    body = {"email": pair["user"]["email"], "password": PASSWORD}
    with valkey.process.frozen():
        answer, took_s = await timed(me(client, token))
        assert (answer.status_code, took_s < 3) == (200, True)
        assert (await client.post("/auth/login", json=body)).status_code == 200
        refreshed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
        assert refreshed.status_code == 200
        await registered(client)
        ready, took_s = await timed(client.get("/health/ready"))
        assert (ready.status_code, ready.json()["status"], took_s < 2) == (200, "degraded", True)
        refused = await client.post("/auth/logout", headers=bearer(token))
        assert code(refused) == (503, "SERVICE_UNAVAILABLE")
        assert "retry-after" in refused.headers
        # not done, but begun: PostgreSQL knows already
        assert code(await me(client, token)) == (401, "SESSION_REVOKED")
    # tried again with the same token, it is done once Redis is back
    await succeeds(lambda: client.post("/auth/logout", headers=bearer(token)), 204, within_s=5)
    async with Redis.from_url(valkey.url) as redis:
        sid = (await redis.keys(f"{auth.prefix}revoked:*"))[0].decode().rpartition(":")[2]
        assert not await redis.exists(f"{auth.prefix}session:{sid}")
    assert code(await me(client, token)) == (401, "SESSION_REVOKED")


async def test_an_outage_of_redis_costs_a_burst_of_requests_no_time(
    client: httpx.AsyncClient, valkey: EmbeddedValkey
) -> None:
    token = (await registered(client))["access_token"]
    with valkey.process.frozen():
        await me(client, token)
        before = time.monotonic()
        answers = await asyncio.gather(*(me(client, token) for _ in range(40)))
        took_s = time.monotonic() - before
    assert {answer.status_code for answer in answers} == {200}
    assert took_s < 3


async def test_the_address_is_told_again_after_redis_was_emptied(
    auth: RunningAuth, valkey: EmbeddedValkey, client: httpx.AsyncClient
) -> None:
    token = (await registered(client))["access_token"]
    async with Redis.from_url(valkey.url, decode_responses=True) as redis:
        await redis.flushall()
        assert (await me(client, token)).status_code == 200

        async def entry() -> Any:
            return await redis.get(f"{auth.prefix}registry:auth")

        assert await until(entry, within_s=15, what="the address in the registry") == auth.service.url


async def test_with_postgresql_away_the_answer_is_503_within_5_s_and_work_goes_on_afterwards(
    client: httpx.AsyncClient, postgres: EmbeddedPostgres
) -> None:
    pair = await registered(client)
    token = pair["access_token"]
    login = {"email": pair["user"]["email"], "password": PASSWORD}
    calls: list[Callable[[], Awaitable[httpx.Response]]] = [
        lambda: client.post("/auth/login", json=login),
        lambda: client.post("/auth/register", json={"email": new_email(), "password": PASSWORD}),
        lambda: client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]}),
        lambda: client.post("/auth/logout", headers=bearer(token)),
        lambda: me(client, token),
    ]
    with postgres.process.frozen():
        answers = await asyncio.gather(*(timed(call()) for call in calls))
        assert [answer.status_code for answer, _ in answers] == [503] * len(calls)
        assert max(took_s for _, took_s in answers) < 5.5
        for _ in range(3):
            ready, took_s = await timed(client.get("/health/ready"))
            assert (ready.status_code, took_s < 2) == (503, True)
        assert (await client.get("/health/live")).status_code == 200
    await succeeds(lambda: client.post("/auth/login", json=login), 200, within_s=10)
    await succeeds(lambda: client.get("/health/ready"), 200, within_s=10)
    assert (await me(client, token)).status_code == 200


async def test_with_nobody_to_tell_a_token_is_neither_accepted_nor_called_bad(
    auth: RunningAuth, client: httpx.AsyncClient, postgres: EmbeddedPostgres, valkey: EmbeddedValkey
) -> None:
    token = (await registered(client))["access_token"]
    async with Redis.from_url(valkey.url) as redis:
        await redis.flushall()
    with postgres.process.frozen():
        answer, took_s = await timed(me(client, token))
        assert code(answer) == (503, "AUTH_UNAVAILABLE")
        assert took_s < 5
    await succeeds(lambda: me(client, token), 200, within_s=10)


async def test_connections_that_were_cut_are_replaced(client: httpx.AsyncClient, postgres: EmbeddedPostgres) -> None:
    token = (await registered(client))["access_token"]
    conn = await asyncpg.connect(postgres.url)
    await conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gp-auth-%'")
    await conn.close()
    await succeeds(lambda: me(client, token), 200, within_s=2)

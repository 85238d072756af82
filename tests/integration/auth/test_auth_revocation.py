"""A session that was ended stays ended: with Redis emptied, killed or absent, and after a restart."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from auth_service import RunningAuth, code, logout, me, registered, start_auth
from redis.asyncio import Redis

from goldenpath.platform.service import ServiceSet, start_set
from goldenpath.platform.valkey import EmbeddedValkey


@pytest.fixture
def own_valkey() -> Iterator[tuple[ServiceSet, EmbeddedValkey]]:
    servers, valkey = start_set(lambda services: services.add(EmbeddedValkey(services.directory)))
    yield servers, valkey
    servers.stop()


@pytest.fixture
def auth(postgres_url: str, own_valkey: tuple[ServiceSet, EmbeddedValkey]) -> Iterator[RunningAuth]:
    running = start_auth(postgres_url, own_valkey[1].url)
    yield running
    errors = running.error_lines()
    running.servers.stop()
    assert errors == []


async def judge(client: httpx.AsyncClient, ended: dict[str, str], standing: dict[str, str]) -> None:
    assert code(await me(client, ended["access_token"])) == (401, "SESSION_REVOKED")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": ended["refresh_token"]})
    assert code(refreshed) == (401, "SESSION_REVOKED")
    assert (await me(client, standing["access_token"])).status_code == 200


async def test_an_ended_session_stays_ended_whatever_becomes_of_redis_and_the_process(
    auth: RunningAuth,
    client: httpx.AsyncClient,
    postgres_url: str,
    own_valkey: tuple[ServiceSet, EmbeddedValkey],
) -> None:
    servers, valkey = own_valkey
    ended, standing = await registered(client), await registered(client)
    assert (await logout(client, ended["access_token"])).status_code == 204
    async with Redis.from_url(valkey.url) as redis:
        await redis.flushall()
    await judge(client, ended, standing)
    await asyncio.to_thread(servers.stop)
    await judge(client, ended, standing)
    restarted = await asyncio.to_thread(lambda: start_auth(postgres_url, valkey.url, prefix=auth.prefix))
    try:
        async with restarted.client() as after:
            await judge(after, ended, standing)
    finally:
        await asyncio.to_thread(restarted.servers.stop)

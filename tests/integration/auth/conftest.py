"""An auth service for these tests, a client of it, and its stores as oracle."""

from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import httpx
import pytest
from auth_service import (
    SERVICE_SECRET,
    Collide,
    RunningAuth,
    start_auth,
)
from redis.asyncio import Redis

from sut.common.settings import Isolation

Auths = Callable[[Isolation], RunningAuth]


@pytest.fixture(scope="session")
def auths(postgres_url: str, redis_url: str) -> Iterator[Auths]:
    """One service a level, each started when it is first asked for."""
    running: dict[Isolation, RunningAuth] = {}

    def at(level: Isolation) -> RunningAuth:
        if level not in running:
            running[level] = start_auth(postgres_url, redis_url, "--db-isolation", level)
        return running[level]

    yield at
    errors = [line for one in running.values() for line in one.error_lines()]
    for one in running.values():
        one.servers.stop()
    assert errors == []


@pytest.fixture
def auth(auths: Auths, level: Isolation) -> RunningAuth:
    return auths(level)


@pytest.fixture
async def client(auth: RunningAuth) -> AsyncIterator[httpx.AsyncClient]:
    async with auth.client() as client:
        yield client


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(postgres_url)
    yield conn
    await conn.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        yield redis


@pytest.fixture
async def service_token(client: httpx.AsyncClient) -> str:
    body = {"service_id": "backend", "service_secret": SERVICE_SECRET}
    answer = await client.post("/auth/service-token", json=body)
    assert answer.status_code == 200
    token: str = answer.json()["access_token"]
    return token


@pytest.fixture
async def collide(db: asyncpg.Connection) -> AsyncIterator[Collide]:
    """Lets the next so many transactions that write into a table collide."""
    touched: list[str] = []

    async def on(table: str, times: int) -> None:
        touched.append(table)
        # a sequence does not go back with the transaction that has counted on it
        await db.execute(
            f"""CREATE SEQUENCE collisions;
            CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
            BEGIN
                IF nextval('collisions') <= {times} THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER collide BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION collide()"""
        )

    yield on
    for table in touched:
        await db.execute(f"DROP TRIGGER collide ON {table}; DROP FUNCTION collide; DROP SEQUENCE collisions")

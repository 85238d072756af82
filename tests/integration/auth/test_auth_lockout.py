"""Lockout: who guesses has to wait, at every process, whatever becomes of Redis."""

import asyncio
import statistics
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest
from auth_service import PASSWORD, RunningAuth, audit_rows, code, new_email, registered, start_auth
from isolation_levels import at_every_level
from redis.asyncio import Redis

from goldenpath.polling import NotYet, until
from sut.store import login_failures

WINDOW_S = 900


@pytest.fixture
def second(auth: RunningAuth, postgres_url: str) -> Iterator[RunningAuth]:
    """Another process of the same platform, which never reaches Redis."""
    running = start_auth(postgres_url, "redis://127.0.0.1:1/0", prefix=auth.prefix)
    yield running
    running.servers.stop()


async def guess(client: httpx.AsyncClient, email: str, password: str = "wrong password") -> httpx.Response:
    return await client.post("/auth/login", json={"email": email, "password": password})


async def fail(client: httpx.AsyncClient, email: str, times: int) -> None:
    for _ in range(times):
        assert code(await guess(client, email)) == (401, "INVALID_CREDENTIALS")


async def test_after_five_failures_the_right_password_is_refused_like_a_wrong_one(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    email = pair["user"]["email"]
    await fail(client, email, 5)
    right, wrong = await guess(client, email, PASSWORD), await guess(client, email.upper())
    assert code(right) == code(wrong) == (429, "RATE_LIMITED")
    assert right.json()["error"]["message"] == wrong.json()["error"]["message"]
    for answer in (right, wrong):
        assert WINDOW_S - 60 < int(answer.headers["retry-after"]) <= WINDOW_S
    assert await audit_rows(db, pair["user"]["id"]) == [("register", "ok"), *[("login", "failed")] * 7]


async def test_an_address_that_nobody_has_is_locked_alike(client: httpx.AsyncClient) -> None:
    email = new_email()
    await fail(client, email, 5)
    assert code(await guess(client, email)) == (429, "RATE_LIMITED")


async def test_a_lockout_is_one_accounts_own_and_leaves_its_sessions_alone(client: httpx.AsyncClient) -> None:
    locked, other = await registered(client), await registered(client)
    await fail(client, locked["user"]["email"], 5)
    assert (await guess(client, other["user"]["email"], PASSWORD)).status_code == 200
    refreshed = await client.post("/auth/refresh", json={"refresh_token": locked["refresh_token"]})
    assert refreshed.status_code == 200


@at_every_level
async def test_a_login_forgets_the_failures_before_it(client: httpx.AsyncClient) -> None:
    email = (await registered(client))["user"]["email"]
    for _ in range(3):
        await fail(client, email, 4)
        assert (await guess(client, email, PASSWORD)).status_code == 200


async def test_failures_that_are_old_do_not_count(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    email = (await registered(client))["user"]["email"]
    await fail(client, email, 5)
    await db.execute("UPDATE login_failures SET failed_at = failed_at - interval '14 min 55 s' WHERE email = $1", email)
    waiting = await guess(client, email)
    assert (waiting.status_code, 1 <= int(waiting.headers["retry-after"]) <= 5) == (429, True)

    async def let_in() -> httpx.Response:
        answer = await guess(client, email, PASSWORD)
        if answer.status_code != 200:
            raise NotYet(answer.text)
        return answer

    # the refused tries in between do not make it longer
    await until(let_in, within_s=7, what="the end of the lockout")


async def test_old_failures_are_removed_by_new_ones(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    email = new_email()
    await fail(client, email, 5)
    await db.execute("UPDATE login_failures SET failed_at = now() - interval '1 day'")
    before = await db.fetchval("SELECT count(*) FROM login_failures")
    await fail(client, email, 1)
    after = await db.fetchval("SELECT count(*) FROM login_failures")
    assert after == max(0, before - 10) + 1


@at_every_level
async def test_of_many_guesses_at_once_five_are_judged(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    email = (await registered(client))["user"]["email"]

    async def all_wait() -> bool:
        waiting = await db.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        if waiting < 8:
            raise NotYet(f"{waiting} wait")
        return True

    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", login_failures.turn_of(email))
        guesses = [asyncio.create_task(guess(client, email)) for _ in range(8)]
        # each has found the address open, and has worked out its hash
        await until(all_wait, within_s=3, what="all guesses before their decision")
    answers = await asyncio.gather(*guesses)
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 3


@at_every_level
async def test_many_logins_at_once_with_the_right_password_all_succeed(client: httpx.AsyncClient) -> None:
    email = (await registered(client))["user"]["email"]
    answers = await asyncio.gather(*(guess(client, email, PASSWORD) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_every_process_knows_and_an_emptied_or_absent_redis_changes_nothing(
    auth: RunningAuth, second: RunningAuth, client: httpx.AsyncClient, redis: Redis
) -> None:
    email = (await registered(client))["user"]["email"]
    async with second.client() as other:
        await fail(client, email, 3)
        await fail(other, email, 2)
        async for key in redis.scan_iter(f"{auth.prefix}*"):
            await redis.delete(key)
        for one in (client, other):
            assert code(await guess(one, email, PASSWORD)) == (429, "RATE_LIMITED")


async def test_under_a_lockout_time_does_not_tell_who_exists_or_which_password_is_right(
    client: httpx.AsyncClient,
) -> None:
    known, nobody = (await registered(client))["user"]["email"], new_email()
    for email in (known, nobody):
        await fail(client, email, 5)
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(15):
        for email, password in ((known, PASSWORD), (known, "wrong password"), (nobody, PASSWORD)):
            before = time.perf_counter()
            await guess(client, email, password)
            times.setdefault((email, password), []).append(time.perf_counter() - before)
    medians = [statistics.median(one) for one in times.values()]
    assert max(medians) < 2 * min(medians)

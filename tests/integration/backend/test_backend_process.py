"""The backend as a process: heartbeats, the end of tokens, and stopping. A platform with short times of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import httpx
import pytest
from backend_user import ENDS, QUESTION, Person, error_of, new_person
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.environment import service_environment
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.platform.ports import free_port
from goldenpath.platform.process import ServerEndedError
from goldenpath.polling import until

HEARTBEAT_S = 0.2
ACCESS_TTL_S = 3
GOOD = {
    "GP_POSTGRES_URL": "postgresql://nobody@127.0.0.1:1/none",
    "GP_REDIS_URL": "redis://127.0.0.1:1/0",
    "GP_JWT_SECRET": "abcdefgh" * 4,
    "GP_SERVICE_SECRET": "stuvwxyz" * 4,
}


@pytest.fixture(scope="module")
def hasty() -> Iterator[EmbeddedPlatform]:
    options = PlatformOptions(
        auth_options=("--access-ttl", str(ACCESS_TTL_S)), backend_options=("--heartbeat", str(HEARTBEAT_S))
    )
    running = EmbeddedPlatform.start(options)
    yield running
    running.stop()


@pytest.fixture
async def ada(hasty: EmbeddedPlatform) -> AsyncIterator[Person]:
    person = await new_person(hasty)
    yield person
    await person.leave()
    assert hasty.error_lines() == []


async def test_heartbeats_come(ada: Person) -> None:
    chat = await ada.chat()
    began = time.monotonic()
    await chat.until(lambda _: [frame["type"] for frame in chat.frames].count("heartbeat") == 4)
    assert time.monotonic() - began > 3 * HEARTBEAT_S


async def test_socket_closes_when_its_token_ends(ada: Person) -> None:
    chat = await ada.chat()
    began = time.monotonic()
    assert await chat.closed(within_s=ACCESS_TTL_S + 5) == 1008
    assert time.monotonic() - began > ACCESS_TTL_S - 2


async def test_socket_stays_when_a_newer_token_was_issued(ada: Person) -> None:
    chat = await ada.chat()
    first = time.monotonic()
    await chat.until(lambda _: time.monotonic() > first + ACCESS_TTL_S - 2)
    refreshed = await ada.http.post(f"{ada.platform.auth_url}/auth/refresh", json={"refresh_token": ada.refresh_token})
    assert refreshed.status_code == 200, refreshed.text
    second = time.monotonic()
    await chat.until(lambda _: time.monotonic() > first + ACCESS_TTL_S + 0.5)
    await chat.pong("still here")
    assert await chat.closed(within_s=ACCESS_TTL_S + 5) == 1008
    assert time.monotonic() > second + ACCESS_TTL_S - 2


async def test_stopping_lets_a_run_finish_but_closes_the_sockets_first() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions())
    try:
        ada = await new_person(platform)
        chat = await ada.chat()
        async with LlmControl(platform.llm_url, platform.llm_token) as llm:
            await llm.script("while", [{"delay_s": 1.0}], for_task="report")
        await chat.ask(f"{QUESTION} {LlmControl.marker_text('while')}")
        await chat.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")
        run_id = chat.frames[-1]["run_id"]
        pid = platform.processes["backend-1"].pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        assert await chat.closed(within_s=1) == 1012
        assert not {frame["type"] for frame in chat.frames} & set(ENDS)
        assert await asyncio.to_thread(platform.processes["backend-1"].wait_ended, 15)
        assert platform.error_lines() == []
        db = await asyncpg.connect(platform.postgres_url)
        assert await db.fetchval("SELECT state FROM runs WHERE id = $1", UUID(run_id)) == "completed"
        await db.close()
        await ada.leave()
    finally:
        platform.stop()


async def test_stopping_when_idle_takes_no_time(ada: Person) -> None:
    chat = await ada.chat()
    await chat.answered(await chat.ask())
    backend = ada.platform.processes["backend-1"]
    assert backend.pid is not None
    began = time.monotonic()
    os.kill(backend.pid, signal.SIGTERM)
    assert await chat.closed(within_s=1) == 1012
    assert await asyncio.to_thread(backend.wait_ended, 5)
    assert time.monotonic() - began < 1


async def test_without_redis_everything_works() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions())
    try:
        ada = await new_person(platform)
        chat, watching = await ada.chat(), await ada.chat()
        platform.processes["valkey"].kill()
        end = await chat.answered(await chat.ask())
        assert end["type"] == "agent_completed"
        assert (await ada.get(f"/api/runs/{end['run_id']}"))["state"] == "completed"
        await watching.until(lambda frame: frame["type"] == "agent_completed")
        assert (await ada.chat()).frames[0]["type"] == "connection_established"
        ready = await ada.http.get(f"{platform.backend_urls[0]}/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        db = await asyncpg.connect(platform.postgres_url)
        await db.execute("UPDATE sessions SET revoked_at = now() WHERE user_id = $1", UUID(ada.user_id))
        await db.close()
        assert await chat.closed(within_s=5) == 1008
        await ada.leave()
        assert platform.error_lines() == []
    finally:
        platform.stop()


def started(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sut.backend", *arguments],
        env=service_environment(**{**GOOD, **env}),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "env", "named"),
    [
        (["--dance"], {}, "--dance"),
        (["--heartbeat", "0"], {}, "--heartbeat"),
        (["--llm-url", "ftp://x"], {}, "--llm-url"),
        (["--port", "0"], {}, "--port"),
        ([], {"GP_JWT_SECRET": ""}, "GP_JWT_SECRET"),
        ([], {"GP_SERVICE_SECRET": "short-one"}, "GP_SERVICE_SECRET"),
        ([], {"GP_POSTGRES_URL": "mysql://secret-host"}, "GP_POSTGRES_URL"),
    ],
)
def test_bad_setting_ends_with_2_and_one_sentence(arguments: list[str], env: dict[str, str], named: str) -> None:
    ended = started(*arguments, **env)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "short-one" not in ended.stderr
    assert "secret-host" not in ended.stderr


def test_stores_that_stay_away_end_the_start_with_2() -> None:
    ended = started("--port", str(free_port()), "--startup-timeout", "0.5")
    assert ended.returncode == 2
    assert "Not started within 0.5 s" in ended.stderr


async def test_until_ready_it_lives_but_refuses_everything() -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sut.backend",
        "--port",
        str(port),
        env=service_environment(**GOOD),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

            async def live() -> httpx.Response:
                return await http.get("/health/live")

            answer = await until(live, within_s=10, what="the opening of the port", ignoring=(httpx.TransportError,))
            assert answer.status_code == 200
            ready = await http.get("/health/ready")
            assert ready.status_code == 503
            assert ready.json()["checks"]["postgresql"]["status"] == "failed"
            refused = await http.get("/api/threads")
            assert error_of(refused) == (503, "NOT_READY")
            assert int(refused.headers["Retry-After"]) >= 1
        with pytest.raises(InvalidStatus) as upgrade:
            await connect(f"ws://127.0.0.1:{port}/ws", proxy=None)
        assert upgrade.value.response.status_code == 503
        assert json.loads(upgrade.value.response.body or b"{}")["error"]["code"] == "NOT_READY"
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 5) == 0


async def test_an_instance_whose_work_in_the_background_dies_ends_in_order() -> None:
    platform = await asyncio.to_thread(EmbeddedPlatform.start, PlatformOptions(instances=2))
    try:
        ada = await new_person(platform)
        chat = await ada.chat()
        connection = await asyncpg.connect(platform.postgres_url)
        # what looks after leases does not expect this
        await connection.execute("ALTER TABLE runs RENAME COLUMN lease_until TO something_else")
        await connection.close()
        assert await chat.closed(within_s=10) == 1012
        first = platform.processes["backend-1"]
        assert await asyncio.to_thread(first.wait_ended, 10)
        with pytest.raises(ServerEndedError, match="ended with code 1;"):
            first.check()
        assert any("work in the background has ended" in line for line in platform.error_lines())
        await ada.leave()
    finally:
        await asyncio.to_thread(platform.stop)

"""Servers of a platform that end or are frozen, and are started again: what they keep, and that nothing stays."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from tests.unit.platform.waiting import gone

SEGMENTS = Path("/proc/sysvipc/shm")

# Restarted once, so that what each guard removes is not what it started first; then all frozen; then killed.
OWNER = """
import os, signal
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.guard import family
platform = EmbeddedPlatform.start(PlatformOptions())
platform.restart(*platform.processes)
servers = platform.processes.values()
for server in servers:
    server.freeze()
pids = [pid for server in servers for pid in (server.guard_pid, *family(server.pid))]
print(platform.logs["llm"].parent.parent, *pids, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def restarted() -> Iterator[EmbeddedPlatform]:
    running = EmbeddedPlatform.start(PlatformOptions())
    yield running
    errors = running.error_lines()
    running.stop()
    assert errors == []


async def end(platform: EmbeddedPlatform, name: str, ending: str) -> None:
    server = platform.processes[name]
    match ending:
        case "kill":
            server.kill()
            assert await asyncio.to_thread(server.wait_ended, 2)
        case "halt":
            await asyncio.to_thread(server.halt)
        case "freeze":
            server.freeze()


ENDINGS = pytest.mark.parametrize("ending", ["kill", "halt", "freeze"])


@ENDINGS
async def test_postgresql_comes_back_with_its_data(restarted: EmbeddedPlatform, ending: str) -> None:
    url = restarted.postgres_url
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS stays (word text)")
    await connection.execute("INSERT INTO stays VALUES ($1)", ending)
    await end(restarted, "postgres", ending)
    await asyncio.to_thread(restarted.restart, "postgres")
    connection.terminate()
    assert restarted.postgres_url == url
    connection = await asyncpg.connect(url)
    assert ending in {row["word"] for row in await connection.fetch("SELECT word FROM stays")}
    await connection.close()


@ENDINGS
async def test_valkey_comes_back_empty_with_the_same_password(restarted: EmbeddedPlatform, ending: str) -> None:
    url = restarted.redis_url
    async with Redis.from_url(url) as redis:
        await redis.set("elsewhere:word", "gone")
    await end(restarted, "valkey", ending)
    await asyncio.to_thread(restarted.restart, "valkey")
    assert restarted.redis_url == url
    async with Redis.from_url(url) as redis:
        assert await redis.get("elsewhere:word") is None


@ENDINGS
@pytest.mark.parametrize("name", ["auth", "backend-1", "llm"])
async def test_a_service_comes_back_as_the_same_and_writes_on_in_its_log(
    restarted: EmbeddedPlatform, name: str, ending: str
) -> None:
    url = {"auth": restarted.auth_url, "backend-1": restarted.backend_urls[0], "llm": restarted.llm_url}[name]
    async with httpx.AsyncClient(trust_env=False) as http:
        before = (await http.get(f"{url}/health/live")).json()
        lines, pid = restarted.log_lines(name), restarted.processes[name].pid
        await end(restarted, name, ending)
        await asyncio.to_thread(restarted.restart, name)
        assert (await http.get(f"{url}/health/live")).json() == before
    assert restarted.processes[name].pid != pid
    assert restarted.log_lines(name)[: len(lines)] == lines


async def test_a_killed_owner_leaves_nothing_of_servers_that_were_restarted_and_frozen() -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", OWNER], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    directory, *pids = done.stdout.split()
    assert len(pids) > 15  # PostgreSQL's own processes too
    for pid in pids:
        await gone(int(pid), within_s=5)
    assert not Path(directory).exists()


@pytest.mark.skipif(not SEGMENTS.exists(), reason="only Linux lists the shared memory of the system")
async def test_a_killed_postgresql_leaves_no_shared_memory() -> None:
    platform = EmbeddedPlatform.start(PlatformOptions())
    server = platform.processes["postgres"]
    try:
        assert f" {server.pid} " in SEGMENTS.read_text()
        await end(platform, "postgres", "kill")
        assert f" {server.pid} " in SEGMENTS.read_text()
    finally:
        platform.stop()
    assert f" {server.pid} " not in SEGMENTS.read_text()

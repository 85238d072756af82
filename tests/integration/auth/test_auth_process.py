"""The auth service as a process: what it refuses, how it waits, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import httpx
import pytest
from auth_service import JWT_SECRET, SERVICE_SECRET

from goldenpath.platform import ports
from goldenpath.polling import NotYet, until
from sut.store.postgres import newest_migration

NOBODY_THERE = "127.0.0.1:1"


def settings(postgres_url: str = f"postgresql://gp@{NOBODY_THERE}/gp", **changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "GP_POSTGRES_URL": postgres_url,
        "GP_REDIS_URL": f"redis://{NOBODY_THERE}/0",
        "GP_JWT_SECRET": JWT_SECRET,
        "GP_SERVICE_SECRET": SERVICE_SECRET,
        **changes,
    }


def run(env: dict[str, str], *arguments: str, module: str = "sut.auth") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], env=env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture
def port() -> Iterator[int]:
    port = ports.free_port()
    yield port
    ports.give_back(port)


@contextmanager
def started(env: dict[str, str], port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sut.auth", "--port", str(port), *arguments],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def status_of(port: int, path: str) -> int:
    async def look() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code

    return await until(look, within_s=10, what=f"an answer to {path}", ignoring=(httpx.TransportError,))


async def has_status(port: int, path: str, wanted: int) -> bool:
    async def look() -> bool:
        status = await status_of(port, path)
        if status != wanted:
            raise NotYet(str(status))
        return True

    return await until(look, within_s=10, what=f"{path} with {wanted}")


@pytest.mark.parametrize(
    ("changes", "arguments"),
    [
        ({"GP_JWT_SECRET": ""}, ()),
        ({"GP_JWT_SECRET": "x" * 31}, ()),
        ({"GP_SERVICE_SECRET": ""}, ()),
        ({"GP_POSTGRES_URL": "nonsense"}, ()),
        ({"GP_REDIS_URL": "http://x"}, ()),
        ({}, ("--no-such-option",)),
        ({}, ("--password-cost", "small")),
        ({}, ("--environment", "production", "--password-cost", "small")),
        ({}, ("--lockout-failures", "0")),
        ({}, ("--oidc", "nonsense")),
        ({}, ("--oidc", "one=https://provider.example")),
        ({"GP_OIDC_ONE_CLIENT_ID": "x"}, ("--oidc", "one=https://provider.example")),
        ({}, ("--jwt-algorithm", "none")),
        ({}, ("--jwt-algorithm", "RS256")),
        ({"GP_JWT_PRIVATE_KEY": "nonsense"}, ("--jwt-algorithm", "RS256")),
        ({"GP_JWT_PRIVATE_KEY_FILE": "/no/such/file"}, ("--jwt-algorithm", "RS256")),
    ],
)
def test_a_refused_setting_ends_the_start_with_one_sentence(
    changes: dict[str, str], arguments: tuple[str, ...]
) -> None:
    ended = run(settings(**changes), *arguments)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith("sut.auth: ")
    assert ended.stdout == ""


def test_a_port_that_is_taken_ends_the_start_with_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run(settings(), "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == f"Port {port} on 127.0.0.1 cannot be opened: Address already in use.\n"


async def test_with_a_store_away_at_start_it_lives_waits_and_ends(port: int) -> None:
    with started(settings(), port, "--startup-timeout", "2") as process:
        assert await status_of(port, "/health/live") == 200
        assert await status_of(port, "/health/ready") == 503
        assert await status_of(port, "/health/startup") == 503
        assert await status_of(port, "/auth/me") == 503
        _, stderr = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "Not started within 2 s: The database does not answer" in stderr
    assert '"level": "ERROR"' not in stderr


async def test_it_is_ready_when_the_schema_is(port: int, postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    await admin.execute("CREATE DATABASE not_migrated")
    url = postgres_url.rpartition("/")[0] + "/not_migrated"
    try:
        with started(settings(url), port) as process:
            assert await status_of(port, "/health/live") == 200
            assert await status_of(port, "/health/startup") == 503
            two = [
                subprocess.Popen([sys.executable, "-m", "sut.migrate"], env=settings(url), stdout=subprocess.PIPE)
                for _ in range(2)
            ]
            told = [one.communicate(timeout=30)[0] for one in two]
            assert [one.returncode for one in two] == [0, 0]
            assert told == [f"Schema is at {newest_migration()}.\n".encode()] * 2
            assert await has_status(port, "/health/startup", 200)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=5)
    finally:
        await admin.execute("DROP DATABASE not_migrated WITH (FORCE)")
        await admin.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_ends_at_once_with_0(port: int, postgres_url: str, number: signal.Signals) -> None:
    with started(settings(postgres_url), port) as process:
        assert await has_status(port, "/health/startup", 200)
        async with httpx.AsyncClient() as idle:
            await idle.get(f"http://127.0.0.1:{port}/health/live")  # keeps its connection
            process.send_signal(number)
            _, stderr = process.communicate(timeout=2)
    assert process.returncode == 0
    assert '"level": "ERROR"' not in stderr


async def test_told_to_stop_while_it_waits_for_a_store_it_ends_at_once_with_0(port: int) -> None:
    with started(settings(), port) as process:
        assert await status_of(port, "/health/live") == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=2)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "is not an address like"),
        (f"postgresql://gp:hidden@{NOBODY_THERE}/gp", "does not answer"),
    ],
)
def test_migrating_nothing_ends_with_one_sentence(url: str, sentence: str) -> None:
    ended = run(settings(url), module="sut.migrate")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert sentence in ended.stderr
    assert "hidden" not in ended.stderr

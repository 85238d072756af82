"""A cold start of both services, made long enough to look into it, and what refuses to start."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from backend_user import error_of
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from goldenpath.platform.environment import service_environment
from goldenpath.platform.ports import free_port
from goldenpath.polling import NotYet, until

DELAY_S = 1.5
GOOD = {
    "GP_POSTGRES_URL": "postgresql://nobody:hidden-word@127.0.0.1:1/none",
    "GP_REDIS_URL": "redis://:hidden-word@127.0.0.1:1/0",
    "GP_JWT_SECRET": "hidden-word" * 4,
    "GP_SERVICE_SECRET": "hidden-word" * 4,
}
Services = dict[str, tuple[asyncio.subprocess.Process, int]]


@pytest.fixture
async def cold(postgres_url: str, redis_url: str) -> AsyncIterator[Services]:
    """Both services, just started."""
    env = service_environment(
        GP_POSTGRES_URL=postgres_url,
        GP_REDIS_URL=redis_url,
        GP_REDIS_PREFIX=f"gp-{secrets.token_hex(4)}:",
        GP_JWT_SECRET=secrets.token_urlsafe(32),
        GP_SERVICE_SECRET=secrets.token_urlsafe(32),
    )
    started: Services = {}
    for module in ("sut.auth", "sut.backend"):
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", module, "--port", str(port), "--startup-delay", str(DELAY_S)),
            env=env,
            stderr=asyncio.subprocess.DEVNULL,
        )
        started[module] = process, port
    yield started
    for process, _ in started.values():
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), 15) == 0


@pytest.mark.parametrize(("module", "path"), [("sut.auth", "/auth/me"), ("sut.backend", "/api/threads")])
async def test_during_the_warm_up_it_lives_and_refuses_everything_else(cold: Services, module: str, path: str) -> None:
    _, port = cold[module]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

        async def live() -> httpx.Response:
            return await http.get("/health/live")

        answer = await until(live, within_s=10, what="the opening of the port", ignoring=(httpx.TransportError,))
        opened = time.monotonic()
        assert answer.status_code == 200
        for health in ("/health/ready", "/health/startup"):
            answer = await http.get(health)
            assert (answer.status_code, answer.json()["status"]) == (503, "starting")
        for refused in (path, "/metrics", "/nothing/here"):
            answer = await http.get(refused)
            assert error_of(answer) == (503, "NOT_READY"), refused
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["error"]["trace_id"] == answer.headers["X-Trace-Id"]
        if module == "sut.backend":
            with pytest.raises(InvalidStatus) as upgrade:
                await connect(f"ws://127.0.0.1:{port}/ws", proxy=None)
            assert upgrade.value.response.status_code == 503
            assert int(upgrade.value.response.headers["Retry-After"]) >= 1
        assert time.monotonic() - opened < DELAY_S, "this machine is too slow to look into the warm-up"

        async def started() -> bool:
            status = (await http.get("/health/startup")).status_code
            if status != 200:
                raise NotYet(str(status))
            return True

        await until(started, within_s=DELAY_S + 10, what="the end of the start")
        assert time.monotonic() - opened > DELAY_S - 0.5
        assert error_of(await http.get(path)) == (401, "UNAUTHENTICATED")
        assert (await http.get("/metrics")).status_code == 200


@pytest.mark.parametrize("module", ["sut.auth", "sut.backend"])
async def test_told_to_stop_during_the_warm_up_it_ends_at_once(cold: Services, module: str) -> None:
    process, port = cold[module]

    async def live() -> int:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"http://127.0.0.1:{port}/health/live")).status_code

    await until(live, within_s=10, what="the opening of the port", ignoring=(httpx.TransportError,))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 1) == 0


async def test_with_the_auth_services_address_it_starts_while_redis_is_away(postgres_url: str) -> None:
    ports = {module: free_port() for module in ("sut.auth", "sut.backend")}
    where = {"sut.auth": (), "sut.backend": ("--auth-url", f"http://127.0.0.1:{ports['sut.auth']}")}
    env = service_environment(**{**GOOD, "GP_POSTGRES_URL": postgres_url})
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, "--port", str(port), *where[module]),
            env=env,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for module, port in ports.items()
    ]
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:

            async def degraded() -> bool:
                answer = await http.get(f"http://127.0.0.1:{ports['sut.backend']}/health/ready")
                if answer.status_code != 200:
                    raise NotYet(answer.text)
                return bool(answer.json()["status"] == "degraded")

            assert await until(degraded, within_s=20, what="a backend that is ready", ignoring=(httpx.TransportError,))
            body = {"email": f"{secrets.token_hex(6)}@example.com", "password": "correct horse battery"}
            pair = (await http.post(f"http://127.0.0.1:{ports['sut.auth']}/auth/register", json=body)).json()
            headers = {"Authorization": f"Bearer {pair['access_token']}"}
            answer = await http.get(f"http://127.0.0.1:{ports['sut.backend']}/api/threads", headers=headers)
            assert answer.status_code == 200, answer.text
    finally:
        for process in started:
            process.terminate()
        assert [await asyncio.wait_for(process.wait(), 15) for process in started] == [0, 0]


def refused(module: str, *arguments: str, **env: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=service_environment(**{**GOOD, **env}),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "hidden-word" not in ended.stderr
    sentence, *more = ended.stderr.splitlines()
    assert not more
    return sentence


@pytest.mark.parametrize("module", ["sut.auth", "sut.backend"])
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("GP_JWT_SECRET", "", "is not set"),
        ("GP_SERVICE_SECRET", "", "is not set"),
        ("GP_JWT_SECRET", "hidden-word" * 2, "must have at least 32"),
        ("GP_SERVICE_SECRET", "hidden-word" * 2, "must have at least 32"),
        ("GP_JWT_SECRET", "hidden-word-change-me-hidden-word", "looks like a default"),
        ("GP_SERVICE_SECRET", "h" * 32, "looks like a default"),
        ("GP_POSTGRES_URL", "http://hidden-word:1/x", "is not an address"),
        ("GP_REDIS_URL", "", "is not set"),
        ("GP_REDIS_URL", "redis://hidden-word:port/0", "is not an address"),
    ],
)
def test_refused_variable_ends_the_start_with_one_sentence(module: str, name: str, value: str, why: str) -> None:
    sentence = refused(module, **{name: value})
    assert sentence.startswith(f"{module}: {name} ")
    assert why in sentence


@pytest.mark.parametrize(
    ("module", "option", "value"),
    [
        ("sut.auth", "--no-such-option", "1"),
        ("sut.backend", "--no-such-option", "1"),
        ("sut.auth", "--startup-delay", "soon"),
        ("sut.backend", "--startup-delay", "-1"),
        ("sut.auth", "--advertise-url", "nowhere"),
        ("sut.backend", "--notify-url", "ftp://x"),
        ("sut.backend", "--llm-url", "localhost:1"),
        ("sut.auth", "--password-cost", "small"),
    ],
)
def test_refused_option_ends_the_start_with_one_sentence(module: str, option: str, value: str) -> None:
    sentence = refused(module, option, value)
    assert sentence.startswith(f"{module}: ")
    assert option in sentence


@pytest.mark.parametrize("module", ["sut.auth", "sut.backend"])
def test_store_that_stays_away_ends_the_start_with_one_sentence(module: str) -> None:
    port = free_port()
    ended = subprocess.run(
        [sys.executable, "-m", module, "--port", str(port), "--startup-timeout", "0.5"],
        env=service_environment(**GOOD),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 2
    *logged, sentence = ended.stderr.splitlines()
    assert sentence.startswith("Not started within 0.5 s: ")
    assert all(line.startswith("{") and '"level": "ERROR"' not in line for line in logged)
    assert "hidden-word" not in ended.stderr

"""What health tells while something that the platform needs hangs, and how both services begin and end then.

A platform of its own: its servers are frozen.
"""

import asyncio
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from backend_user import new_person

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import NotYet, until

READY_WITHIN_S = 2.0


@pytest.fixture(scope="module")
def frozen_now_and_then() -> Iterator[EmbeddedPlatform]:
    running = EmbeddedPlatform.start(PlatformOptions())
    yield running
    running.stop()


async def readiness(url: str) -> tuple[int, dict[str, Any], float]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        began = time.monotonic()
        answer = await http.get(f"{url}/health/ready")
        return answer.status_code, answer.json(), time.monotonic() - began


async def is_ready_again(url: str) -> bool:
    async def look() -> bool:
        _, told, _ = await readiness(url)
        if told["status"] != "ready":
            raise NotYet(str(told))
        return True

    return await until(look, within_s=15, what="readiness")


@pytest.mark.parametrize(
    ("name", "wanted", "failed"),
    [
        ("postgres", (503, "unavailable"), "postgresql"),
        ("valkey", (200, "degraded"), "redis"),
        ("auth", (503, "unavailable"), "auth"),
        ("llm", (200, "ready"), None),
    ],
)
async def test_backend_tells_its_readiness_in_time_whatever_hangs(
    frozen_now_and_then: EmbeddedPlatform, name: str, wanted: tuple[int, str], failed: str | None
) -> None:
    url = frozen_now_and_then.backend_urls[0]
    await is_ready_again(url)
    with frozen_now_and_then.processes[name].frozen():
        for _ in range(3):
            status, told, took_s = await readiness(url)
            assert took_s < READY_WITHIN_S
            assert (status, told["status"]) == wanted
            assert {name for name, check in told["checks"].items() if check["status"] == "failed"} == (
                {failed} if failed else set()
            )
        async with httpx.AsyncClient(trust_env=False, timeout=1) as http:
            assert (await http.get(f"{url}/health/live")).status_code == 200
            assert (await http.get(f"{url}/health/startup")).status_code == 200
    await is_ready_again(url)


@pytest.mark.parametrize(("name", "wanted"), [("postgres", (503, "unavailable")), ("valkey", (200, "degraded"))])
async def test_auth_tells_its_readiness_in_time_whatever_hangs(
    frozen_now_and_then: EmbeddedPlatform, name: str, wanted: tuple[int, str]
) -> None:
    url = frozen_now_and_then.auth_url
    await is_ready_again(url)
    with frozen_now_and_then.processes[name].frozen():
        for _ in range(3):
            status, told, took_s = await readiness(url)
            assert took_s < READY_WITHIN_S
            assert (status, told["status"]) == wanted
    await is_ready_again(url)


async def test_health_names_every_check(frozen_now_and_then: EmbeddedPlatform) -> None:
    await is_ready_again(frozen_now_and_then.backend_urls[0])
    _, told, _ = await readiness(frozen_now_and_then.backend_urls[0])
    assert set(told["checks"]) == {"postgresql", "auth", "agents", "redis", "llm", "row_security"}
    assert all(set(check) == {"status", "detail"} for check in told["checks"].values())


@pytest.mark.parametrize("hanging", ["postgres", "valkey", "auth", "llm"])
async def test_told_to_stop_both_services_end_in_time_whatever_hangs(hanging: str) -> None:
    """With a run at work and a request under way, which wait for what hangs."""
    platform = EmbeddedPlatform.start(PlatformOptions())
    try:
        ada = await new_person(platform)
        chat = await ada.chat()
        await chat.acknowledged(await chat.ask())
        with platform.processes[hanging].frozen():
            waiting = asyncio.create_task(ada.call("GET", "/api/threads"))
            await chat.ask()
            ending = [name for name in ("backend-1", "auth") if name != hanging]
            began = time.monotonic()
            for name in ending:
                platform.processes[name].kill(signal.SIGTERM)
            for name in ending:
                assert await asyncio.to_thread(platform.processes[name].wait_ended, 15), name
            assert time.monotonic() - began < 15
            waiting.cancel()
        await ada.leave()
    finally:
        platform.stop()


@pytest.mark.parametrize("module", ["sut.auth", "sut.backend"])
def test_help_names_the_option_for_cold_starts(module: str) -> None:
    told = subprocess.run(["python", "-m", module, "--help"], capture_output=True, text=True, timeout=20, check=False)
    assert "--startup-delay" in told.stdout

import asyncio
import time

from sut.common.errors import PlatformError
from sut.common.health import Check, HealthChecks


async def fine() -> None:
    """Work."""


async def refused() -> None:
    raise PlatformError("SERVICE_UNAVAILABLE", "The database is away.")


async def broken() -> None:
    raise ConnectionError("redis://:password@host:1/0 is away")


async def test_all_well_is_ready() -> None:
    health = HealthChecks({"postgresql": Check(fine), "redis": Check(fine, required=False)})
    results = await health.results()
    assert results == {name: {"status": "ok", "detail": ""} for name in ("postgresql", "redis")}
    assert health.overall(results) == "ready"


async def test_something_optional_that_fails_degrades() -> None:
    health = HealthChecks({"postgresql": Check(fine), "redis": Check(broken, required=False)})
    assert health.overall(await health.results()) == "degraded"


async def test_something_required_that_fails_makes_unavailable() -> None:
    health = HealthChecks({"postgresql": Check(refused), "redis": Check(fine, required=False)})
    results = await health.results()
    assert results["postgresql"] == {"status": "failed", "detail": "The database is away."}
    assert health.overall(results) == "unavailable"


async def test_a_detail_tells_no_secret() -> None:
    results = await HealthChecks({"redis": Check(broken)}).results()
    assert "password" not in results["redis"]["detail"]


async def test_hanging_checks_cost_one_second_together_and_are_started_once() -> None:
    release = asyncio.Event()
    started = []

    async def hang() -> None:
        started.append(1)
        await release.wait()

    health = HealthChecks({"a": Check(hang), "b": Check(hang), "c": Check(fine)})
    before = time.monotonic()
    results = await health.results()
    await health.results()
    took = time.monotonic() - before
    assert [results[name]["status"] for name in "abc"] == ["failed", "failed", "ok"]
    assert 1.9 < took < 3
    assert len(started) == 2
    release.set()
    results = await health.results()
    assert health.overall(results) == "ready"

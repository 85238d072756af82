"""Actions that are released together."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from goldenpath.barrier import ActionsFailed, at_the_same_time
from goldenpath.errors import PromiseBroken


def busy(seconds: float) -> None:
    """Keep the loop from doing anything else."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def test_results_come_in_the_order_of_the_actions() -> None:
    second_done = asyncio.Event()

    async def first() -> str:
        await second_done.wait()
        return "first"

    async def second() -> str:
        second_done.set()
        return "second"

    release = await at_the_same_time([first, second])
    assert release.results == ["first", "second"]


async def test_the_spread_is_the_real_one() -> None:
    began: list[int] = []

    async def act() -> None:
        began.append(time.monotonic_ns())
        busy(0.01)

    release = await at_the_same_time([act, act, act])
    assert release.spread_ms == pytest.approx((began[-1] - began[0]) / 1e6, abs=1)
    assert release.spread_ms >= 20
    assert abs(release.released_ns - began[0]) < 1_000_000


async def test_one_failure_leaves_the_others_alone_and_is_named() -> None:
    done = []

    async def good() -> None:
        await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=0.02)
        done.append(True)

    async def bad() -> None:
        raise PromiseBroken("no row")

    actions: list[Callable[[], Awaitable[None]]] = [good, bad, good]
    with pytest.raises(ActionsFailed, match=r"^1 of 3 simultaneous actions failed: action 2: no row$") as failed:
        await at_the_same_time(actions)
    assert done == [True, True]
    assert isinstance(failed.value.failures[1], PromiseBroken)


async def test_cancelling_cancels_every_action() -> None:
    began, ended = asyncio.Event(), []

    async def endless() -> None:
        began.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    task = asyncio.create_task(at_the_same_time([endless, endless]))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True, True]


async def test_nothing_to_do_is_done() -> None:
    assert (await at_the_same_time([])).results == []

"""Times count from when something was due, and a generator that is late says so."""

import asyncio
import time

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.limits.open_loop import open_loop
from goldenpath.limits.schedule import by_chance, steady
from goldenpath.limits.statistics import nearest_rank


async def test_what_waits_behind_a_stall_is_measured_from_when_it_was_due() -> None:
    one_at_a_time = asyncio.Lock()
    loop = asyncio.get_running_loop()

    async def act(number: int) -> None:
        async with one_at_a_time:
            if number == 5:
                stalled = asyncio.Event()
                loop.call_later(0.5, stalled.set)
                await stalled.wait()

    measured = await open_loop(steady(100, 1.0), act, what="acts")
    # 50 of 100 were due during the stall; the naive reading, one after the other, would see one slow act.
    slow = [value for value in measured.response.values if value > 0.05]
    assert 40 <= len(slow) <= 50
    assert 0.45 < nearest_rank(measured.response.ordered(), 99) < 0.6


async def test_what_never_ends_and_what_breaks_is_counted_not_dropped() -> None:
    never = asyncio.Event()

    async def act(number: int) -> None:
        if number == 0:
            await never.wait()
        if number == 1:
            raise PromiseBroken("no answer")

    measured = await open_loop(steady(100, 0.1), act, what="acts", drain_s=0.1)
    assert measured.response.n == 10
    assert len(measured.response.censored) == 2
    assert measured.failures == {0: "cut off", 1: "no answer"}


async def test_an_error_of_the_test_itself_is_raised() -> None:
    async def act(number: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await open_loop([0.0], act, what="acts")


async def test_a_generator_that_blocks_its_own_loop_is_void() -> None:
    async def act(number: int) -> None:
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            pass

    measured = await open_loop(steady(10, 0.5), act, what="acts")
    assert "generator" in measured.response.void


def test_moments_by_chance_come_from_the_seed_at_the_rate_asked() -> None:
    moments = by_chance(50, 100, seed=7)
    assert moments == by_chance(50, 100, seed=7) != by_chance(50, 100, seed=8)
    assert len(moments) == pytest.approx(5000, rel=0.1)
    assert moments == sorted(moments)
    assert moments[-1] < 100

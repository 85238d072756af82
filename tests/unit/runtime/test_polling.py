"""Looking again until a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.polling import NotYet, until


def answers(*values: object) -> Callable[[], Awaitable[object]]:
    """A probe that gives these in turn; an exception is raised."""
    left = iter(values)

    async def look() -> object:
        value = next(left)
        if isinstance(value, Exception):
            raise value
        return value

    return look


async def test_the_first_answer_counts() -> None:
    assert await until(answers(None, NotYet("1 row"), "two", "three"), within_s=5, every_s=0.001, what="It") == "two"


@pytest.mark.parametrize("value", [0, "", False, []])
async def test_an_empty_value_is_an_answer(value: object) -> None:
    assert await until(answers(value), within_s=1, what="It") == value


async def test_the_failure_says_what_was_seen_last() -> None:
    async def look() -> None:
        raise NotYet("2 of 3 rows")

    began = time.monotonic()
    with pytest.raises(PromiseBroken, match=r"^Row 3 did not happen within 0\.1 s; last seen: 2 of 3 rows$"):
        await until(look, within_s=0.1, what="Row 3")
    assert time.monotonic() - began >= 0.099


async def test_an_ignored_error_means_not_yet_and_is_told() -> None:
    async def look() -> None:
        raise KeyError("thread")

    with pytest.raises(PromiseBroken, match="last seen: KeyError: 'thread'"):
        await until(look, within_s=0.02, what="It", ignoring=(LookupError,))
    assert await until(answers(KeyError(), 1), within_s=1, what="It", ignoring=(LookupError,)) == 1


@pytest.mark.parametrize("error", [ValueError("mine"), TimeoutError("mine")])
async def test_any_other_error_comes_out_at_once(error: Exception) -> None:
    with pytest.raises(type(error), match="mine"):
        await until(answers(error), within_s=5, what="It", ignoring=(LookupError,))


async def test_a_timeout_of_the_probe_can_be_ignored() -> None:
    assert await until(answers(TimeoutError(), 1), within_s=1, what="It", ignoring=(TimeoutError,)) == 1


async def test_a_look_that_hangs_is_cancelled_at_the_deadline() -> None:
    async def look() -> None:
        await asyncio.get_running_loop().create_future()

    began = time.monotonic()
    with pytest.raises(PromiseBroken, match="the last look had not ended"):
        await until(look, within_s=0.1, what="It")
    assert time.monotonic() - began < 2


async def test_a_long_interval_does_not_skip_the_deadline() -> None:
    began = time.monotonic()

    async def look() -> str | None:
        return "there" if time.monotonic() - began > 0.3 else None

    assert await until(look, within_s=0.5, every_s=60, what="It") == "there"

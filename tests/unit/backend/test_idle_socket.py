"""What an open socket keeps while nothing happens on it: a thousand of them are open, and few of them busy."""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable

import pytest

from sut.backend.gate import Gate
from sut.backend.inbox import Inbox
from sut.backend.outbox import Outbox

MOST_BYTES_EACH = 1000
SAMPLE = 100


def bytes_each(make: Callable[[], object]) -> float:
    make()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [make() for _ in range(SAMPLE)]
        return (tracemalloc.get_traced_memory()[0] - before) / len(kept)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [Inbox, Outbox])
def test_lines_in_which_nothing_waits_take_next_to_no_memory(make: Callable[[], object]) -> None:
    assert bytes_each(make) < MOST_BYTES_EACH


async def test_inbox_gives_in_order_and_its_taker_waits() -> None:
    inbox = Inbox[str]()
    taker = asyncio.create_task(inbox.take())
    await asyncio.wait([taker], timeout=0.01)
    assert not taker.done()
    for text in "abc":
        inbox.put(text)
    assert await taker + await inbox.take() == "ab"
    assert len(inbox) == 1
    inbox.clear()
    assert not len(inbox)


async def test_a_gate_lets_through_all_who_wait_and_nobody_once_it_is_closed() -> None:
    gate = Gate()
    waiting = [asyncio.create_task(gate.passed()) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0.01)
    assert not any(task.done() for task in waiting)
    waiting[0].cancel()
    gate.open()
    gate.close()
    await asyncio.wait(waiting, timeout=5)
    assert [task.cancelled() for task in waiting] == [True, False, False]
    late = asyncio.create_task(gate.passed())
    await asyncio.wait([late], timeout=0.01)
    assert not late.done()
    gate.open()
    await asyncio.wait_for(late, 5)

import asyncio

import pytest

from sut.backend.frames import Frame
from sut.backend.outbox import Outbox, OutboxFullError


def frame(text: str) -> Frame:
    return Frame("x", text)


async def test_in_order_but_urgent_first() -> None:
    outbox = Outbox()
    for text in "abc":
        outbox.put(frame(text))
    outbox.put(frame("now"), urgent=True)
    assert [(await outbox.take()).text for _ in range(4)] == ["now", "a", "b", "c"]


async def test_taker_waits() -> None:
    outbox = Outbox()
    taker = asyncio.create_task(outbox.take())
    outbox.put(frame("a"))
    assert (await taker).text == "a"


async def test_full_by_number() -> None:
    outbox = Outbox(most_frames=2)
    outbox.put(frame("a"))
    outbox.put(frame("b"), urgent=True)
    with pytest.raises(OutboxFullError):
        outbox.put(frame("c"))
    assert len(outbox) == 2


async def test_full_by_size_but_one_frame_always_fits() -> None:
    outbox = Outbox(most_bytes=10)
    outbox.put(frame("a" * 50))
    with pytest.raises(OutboxFullError):
        outbox.put(frame("b"))
    await outbox.take()
    outbox.put(frame("b" * 6))
    with pytest.raises(OutboxFullError):
        outbox.put(frame("c" * 6))


async def test_series_waits_until_half_is_free() -> None:
    outbox = Outbox(most_frames=4)
    for _ in range(3):
        await outbox.put_in_turn(frame("a"))
    waiting = asyncio.create_task(outbox.put_in_turn(frame("b")))
    done, _ = await asyncio.wait([waiting], timeout=0.02)
    assert not done
    outbox.put(frame("now"))
    for _ in range(2):
        await outbox.take()
    await waiting
    assert len(outbox) == 3


async def test_closed_outbox_takes_everything_and_keeps_nothing() -> None:
    outbox = Outbox(most_frames=1)
    outbox.put(frame("a"))
    waiting = asyncio.create_task(outbox.put_in_turn(frame("b")))
    outbox.close()
    await waiting
    outbox.put(frame("c"))
    assert len(outbox) == 0


async def test_whoever_asks_for_more_waits_while_it_is_nearly_full() -> None:
    outbox = Outbox(most_frames=4)
    for text in "abcd":
        outbox.put(frame(text))
    waiting = asyncio.create_task(outbox.eased())
    await asyncio.wait([waiting], timeout=0.01)
    assert not waiting.done()
    await outbox.take()
    await asyncio.wait_for(waiting, 1)


async def test_size_counts_bytes() -> None:
    outbox = Outbox(most_bytes=10)
    outbox.put(frame("üüü"))
    with pytest.raises(OutboxFullError):
        outbox.put(frame("üüü"))

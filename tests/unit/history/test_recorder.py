"""The recorder: waits see what is there and what comes, and say what came instead."""

import asyncio
import re
import time

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel, Close, HistoryFullError, Recorder


def channel(most_frames: int = 100) -> Channel:
    return Recorder(most_frames).channel("ada", "socket")


def event(name: str) -> str:
    return f'{{"type":"{name}"}}'


def closed_by_server(code: int = 1008, reason: str = "session revoked") -> Close:
    return Close(code, reason, time.monotonic_ns(), "server")


def is_done(frame: Frame) -> bool:
    return frame.type == "done"


async def begun(wait: "asyncio.Task[Frame]") -> None:
    """Let a wait run until it waits."""
    await asyncio.wait([wait], timeout=0)
    assert not wait.done()


async def test_a_frame_that_is_there_already_counts() -> None:
    wire = channel()
    wire.record("in", event("other"))
    there = wire.record("in", event("done"))
    assert await wire.wait_for(is_done, 0, "done") is there


async def test_a_frame_before_the_start_of_the_search_does_not_count() -> None:
    wire = channel()
    wire.record("in", event("done"))
    with pytest.raises(PromiseBroken, match="arrived: nothing"):
        await wire.wait_for(is_done, 0.01, "A second one", since=1)


async def test_only_frames_of_the_platform_are_awaited() -> None:
    wire = channel()
    wire.record("out", event("done"))
    wait = asyncio.create_task(wire.wait_for(is_done, 5, "done"))
    await begun(wait)
    wire.record("out", event("done"))
    came = wire.record("in", event("done"))
    assert await wait is came


async def test_every_wait_gets_its_own_frame() -> None:
    wire = channel()
    waits = [asyncio.create_task(wire.wait_for(lambda frame, n=n: frame.type == f"n{n}", 5, f"n{n}")) for n in range(3)]
    await begun(waits[0])
    for n in (2, 0, 1):
        wire.record("in", event(f"n{n}"))
    assert [frame.type for frame in await asyncio.gather(*waits)] == ["n0", "n1", "n2"]


async def test_the_failure_lists_what_did_arrive_and_when() -> None:
    wire = channel()
    for name in ("ack", "thinking", "thinking", "thinking", "tool"):
        wire.record("in", event(name))
    wire.record("in", "no json")
    wire.record("in", "{}")
    with pytest.raises(PromiseBroken) as failed:
        await wire.wait_for(is_done, 0.02, "done of run 7")
    text = re.sub(r"\d+\.\d{3}", "T", str(failed.value))
    assert text == (
        "done of run 7 did not arrive within 0.02 s: ada's socket is still open; the wait began at T; arrived: "
        "ack at T, 3 × thinking at T to T, tool at T, a malformed frame at T, a frame without a type at T "
        "(seconds since the connection was opened)"
    )


async def test_the_list_stays_readable() -> None:
    wire = channel(1000)
    for n in range(200):
        wire.record("in", event(f"n{n}"))
    with pytest.raises(PromiseBroken, match=r"arrived: … \(earlier ones are in the history\), n160 at") as failed:
        await wire.wait_for(is_done, 0, "done")
    assert "n199" in str(failed.value)


async def test_a_close_ends_the_wait_at_once_and_is_told() -> None:
    wire = channel()
    wait = asyncio.create_task(wire.wait_for(is_done, 60, "done"))
    await begun(wait)
    wire.record("in", event("other"))
    wire.record_close(closed_by_server())
    expected = (
        r"^done did not arrive: ada's socket is closed by the server with 1008 \(session revoked\) at .*: other at"
    )
    with pytest.raises(PromiseBroken, match=expected):
        await asyncio.wait_for(wait, 2)
    with pytest.raises(PromiseBroken, match=expected):
        await wire.wait_for(is_done, 60, "done")


async def test_what_arrived_before_the_close_still_counts() -> None:
    wire = channel()
    there = wire.record("in", event("done"))
    wire.record_close(closed_by_server())
    assert await wire.wait_for(is_done, 1, "done") is there


async def test_an_error_of_the_question_comes_to_who_asked() -> None:
    wire = channel()
    wait = asyncio.create_task(wire.wait_for(lambda frame: bool(frame.body["missing"]), 5, "it"))
    await begun(wait)
    wire.record("in", event("other"))
    with pytest.raises(KeyError, match="missing"):
        await wait
    wire.record("in", event("other"))


async def test_an_abandoned_wait_leaves_nothing_behind() -> None:
    wire = channel()
    asked = []
    wait = asyncio.create_task(wire.wait_for(lambda frame: bool(asked.append(frame)), 5, "it"))
    await begun(wait)
    wait.cancel()
    await asyncio.wait([wait])
    wire.record("in", event("other"))
    assert asked == []


async def test_waiting_for_the_end() -> None:
    wire = channel()
    wait = asyncio.create_task(wire.wait_closed(5))
    await asyncio.wait([wait], timeout=0)
    end = closed_by_server()
    wire.record_close(end)
    wire.record_close(Close(1006, "", time.monotonic_ns(), "network"))
    assert await wait is end
    assert await wire.wait_closed(0) is end


async def test_a_connection_that_stays_open_is_told() -> None:
    wire = channel()
    wire.record("in", event("heartbeat"))
    with pytest.raises(PromiseBroken, match=r"not closed within 0\.01 s: ada's socket is still open.*heartbeat at"):
        await wire.wait_closed(0.01)


async def test_a_full_history_is_an_error_for_everyone() -> None:
    recorder = Recorder(most_frames=3)
    ada, ben = recorder.channel("ada", "socket"), recorder.channel("ben", "socket")
    waiting = asyncio.create_task(ada.wait_for(is_done, 60, "done"))
    await begun(waiting)
    for wire in (ada, ben, ada):
        wire.record("in", event("other"))
    with pytest.raises(HistoryFullError, match="3 frames, exchanges and look-ups, and one more came to ada's socket"):
        ada.record("in", event("done"))
    assert [len(ada.frames), len(ben.frames), recorder.count] == [2, 1, 3]
    with pytest.raises(HistoryFullError):
        await asyncio.wait_for(waiting, 2)
    with pytest.raises(HistoryFullError):
        await ada.wait_for(is_done, 60, "done")
    with pytest.raises(HistoryFullError, match="ben's socket"):
        ben.record("out", event("other"))


def test_every_connection_has_a_channel_and_a_name_of_its_own() -> None:
    recorder = Recorder()
    made = [recorder.channel(owner, "socket") for owner in ("ada", "ada", "ben", "ada")]
    assert [str(wire) for wire in made] == ["ada's socket", "ada's socket 2", "ben's socket", "ada's socket 3"]
    assert recorder.channels == made


def test_clearing_begins_a_new_history() -> None:
    recorder = Recorder(most_frames=1)
    old = recorder.channel("ada", "socket")
    old.record("in", "{}")
    recorder.clear()
    assert recorder.channels == []
    new = recorder.channel("ada", "socket")
    new.record("in", "{}")
    assert str(new) == "ada's socket"

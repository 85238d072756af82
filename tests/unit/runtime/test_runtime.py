"""The loop thread: work is done there, waits can be interrupted, and nothing is left running."""

import asyncio
import gc
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from goldenpath import runtime
from goldenpath.errors import PromiseBroken, UsageError


@pytest.fixture(autouse=True)
def own_loop() -> Iterator[None]:
    yield
    runtime.stop()


class Endless:
    """Work that ends only when it is cancelled, and tells when it began and ended."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.ended = threading.Event()

    async def work(self) -> None:
        self.began.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()


async def thread_name() -> str:
    return threading.current_thread().name


def test_work_is_done_on_the_one_loop_thread() -> None:
    assert [runtime.run(thread_name()) for _ in range(3)] == ["goldenpath-loop"] * 3
    assert [thread.name for thread in threading.enumerate()].count("goldenpath-loop") == 1


def test_an_error_of_the_work_comes_to_the_caller() -> None:
    async def fails() -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        runtime.run(fails())


def test_a_timeout_inside_the_work_is_not_taken_for_ours() -> None:
    async def times_out() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        runtime.run(times_out(), timeout_s=10)


def test_work_that_takes_too_long_is_cancelled_and_named() -> None:
    endless = Endless()
    with pytest.raises(PromiseBroken, match=r"Endless\.work did not end within 0\.05 s"):
        runtime.run(endless.work(), timeout_s=0.05)
    assert endless.ended.wait(2)


def test_a_robot_timeout_cancels_the_work() -> None:
    class TimeUp(BaseException):
        """Raised into the waiting main thread by a signal, as Robot does it."""

    def time_up(*_: object) -> None:
        raise TimeUp

    endless = Endless()
    before = signal.signal(signal.SIGALRM, time_up)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimeUp):
            runtime.run(endless.work())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert endless.began.is_set()
    assert endless.ended.wait(2)


def test_waiting_on_the_loop_thread_itself_is_refused() -> None:
    async def waits_for_itself() -> str:
        return runtime.run(thread_name())

    with pytest.raises(UsageError, match="use `await` there"):
        runtime.run(waits_for_itself(), timeout_s=5)


def test_submitted_work_runs_side_by_side_with_the_caller() -> None:
    endless = Endless()
    future = runtime.submit(endless.work())
    assert endless.began.wait(2)
    assert runtime.run(thread_name()) == "goldenpath-loop"
    future.cancel()
    assert endless.ended.wait(2)


def test_submitted_work_lives_on_when_nobody_keeps_its_future() -> None:
    endless = Endless()
    runtime.submit(endless.work())
    assert endless.began.wait(2)
    gc.collect()
    runtime.run(thread_name())
    assert not endless.ended.is_set()


def test_stopping_lets_cancelled_work_clean_up_and_ends_the_thread() -> None:
    cleaned = []

    async def cleans_up() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.wait([asyncio.create_task(thread_name())])
            cleaned.append(True)

    runtime.submit(cleans_up())
    runtime.run(thread_name())
    runtime.stop()
    assert cleaned == [True]
    assert "goldenpath-loop" not in [thread.name for thread in threading.enumerate()]
    assert runtime.run(thread_name()) == "goldenpath-loop"


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=False)


def test_a_process_with_work_under_way_ends_at_once_and_clean() -> None:
    ended = run_script("""
import asyncio
from goldenpath import runtime

async def endless():
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        print("cleaned up")

async def nothing():
    pass

runtime.submit(endless())
runtime.run(nothing())
""")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "cleaned up\n", "")


def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    ended = run_script("""
import os
from goldenpath import runtime

async def process():
    return os.getpid()

assert runtime.run(process()) == os.getpid()
child = os.fork()
if child == 0:
    os._exit(0 if runtime.run(process(), timeout_s=5) == os.getpid() else 1)
assert os.waitpid(child, 0)[1] == 0
""")
    assert (ended.returncode, ended.stderr) == (0, "")

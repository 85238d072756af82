"""The one event loop of a process, in a thread of its own, for callers that are not asynchronous.

Sockets stay alive between two keywords only if their loop runs between them. So all of them live on this loop, and
keywords hand work over and wait. A child made by ``fork`` starts without the loop and gets a new one at its first call;
connections of its parent are not usable there.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from goldenpath.errors import PromiseBroken, UsageError

T = TypeVar("T")

_STOP_WITHIN_S = 5.0


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - there is none for every system
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class _LoopThread:
    """A running loop, its thread, and the work that is under way on it."""

    def __init__(self) -> None:
        self.loop = _new_event_loop()
        # The loop itself keeps only weak references to tasks: work whose future nobody holds would vanish.
        self.under_way: set[Future[Any]] = set()
        self.thread = threading.Thread(target=self._serve, name="goldenpath-loop", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        try:
            self.loop.run_until_complete(self._wind_up())
        finally:
            self.loop.close()

    async def _wind_up(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()
        await self.loop.shutdown_default_executor()

    def submit(self, coro: Coroutine[Any, Any, T]) -> Future[T]:
        future = asyncio.run_coroutine_threadsafe(coro, self.loop)
        self.under_way.add(future)
        future.add_done_callback(self.under_way.discard)
        return future

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(_STOP_WITHIN_S)


_lock = threading.Lock()
_current: _LoopThread | None = None


def _running() -> _LoopThread:
    global _current  # noqa: PLW0603 - one loop a process is the point
    with _lock:
        if _current is None:
            _current = _LoopThread()
        return _current


def _on_the_loop() -> bool:
    return _current is not None and threading.current_thread() is _current.thread


def submit(coro: Coroutine[Any, Any, T]) -> Future[T]:
    """Start work on the loop and do not wait for it.

    Args:
        coro: The work.

    Returns:
        Its future: ``result()`` waits, ``cancel()`` cancels the work on the loop.
    """
    return _running().submit(coro)


def run(coro: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
    """Do work on the loop and wait for its end; whatever interrupts the wait cancels the work.

    Args:
        coro: The work.
        timeout_s: Seconds after which the work is cancelled; ``None`` waits as long as it takes.

    Returns:
        What the work returns.

    Raises:
        PromiseBroken: The work did not end in time.
        UsageError: Called from the loop's own thread, which would wait for itself for ever.
    """
    if _on_the_loop():
        coro.close()
        raise UsageError("runtime.run was called from the loop's own thread: use `await` there")
    future = submit(coro)
    try:
        return future.result(timeout_s)
    except TimeoutError:
        if future.done():  # it was the work's own error, or the work ended at the last moment
            return future.result()
        future.cancel()
        name = getattr(coro, "__qualname__", "the work")
        raise PromiseBroken(f"{name} did not end within {timeout_s:g} s and was cancelled") from None
    except BaseException:  # a Robot timeout or Ctrl-C: the wait has ended, the work has not
        future.cancel()
        raise


def stop() -> None:
    """Cancel everything on the loop, wait for the cancelled to clean up, and end the thread; the next call starts anew.

    Raises:
        UsageError: Called from the loop's own thread.
    """
    global _current
    if _on_the_loop():
        raise UsageError("runtime.stop was called from the loop's own thread")
    with _lock:
        ending, _current = _current, None
    if ending is not None:
        ending.stop()


def _forget_after_fork() -> None:
    global _current, _lock
    _current, _lock = None, threading.Lock()


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)

"""Ending tasks for sure."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

CANCEL_AGAIN_S = 0.1

T = TypeVar("T")


async def to_its_end(work: Awaitable[T]) -> T:
    """Do a piece of work that must not be cut in two: a caller that is cancelled meanwhile waits for the end of it.

    Args:
        work: The work.

    Returns:
        What comes of it.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # marks it as seen: the cancellation is what counts now
        raise


async def end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel tasks until all of them have ended.

    Once is not enough: a library that is cancelled while it gives a connection back may swallow it.

    Args:
        tasks: The tasks; those that have ended already are left alone.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)

"""Ending tasks for sure."""

import asyncio
from collections.abc import Iterable

CANCEL_AGAIN_S = 0.1


async def end(tasks: Iterable["asyncio.Task[None]"]) -> None:
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

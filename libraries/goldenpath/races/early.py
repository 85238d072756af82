"""Questions that are sent in the same instant in which the handshake completes."""

import asyncio

from goldenpath.handles import User
from goldenpath.races import runs
from goldenpath.races.promises import EARLY_QUESTION, READY_LETS_IN
from goldenpath.races.sockets import carriers, connect, greeted, new_run
from goldenpath.races.tally import Tally

QUESTION = "How much did we spend in May 2026, and on what?"


async def ask_early(user: User, tally: Tally, times: int) -> None:
    """Connect, ask in the same instant, see all five events, and leave; again and again.

    Args:
        user: Who.
        tally: Counts the questions that were sent before the greeting had arrived.
        times: How often.

    Raises:
        PromiseBroken: An event was lost.
    """
    ways = carriers()
    for number in range(times):
        run = new_run(user, QUESTION)
        socket = await connect(user, carrier=ways[number % len(ways)], run=run)
        await greeted(socket, READY_LETS_IN)
        arrived_ns = socket.first_frame_ns
        tally.add(arrived_ns is not None and run.sent_ns < arrived_ns)
        await runs.acknowledged(run, EARLY_QUESTION)
        await runs.ended(run, socket.channel, EARLY_QUESTION)
        runs.shows_all_five(run, EARLY_QUESTION)
        await socket.close()


async def ask_early_together(users: list[User], tally: Tally, times: int) -> None:
    """Let users do that side by side.

    Args:
        users: Who.
        tally: Counts.
        times: How often each.
    """
    await asyncio.gather(*(ask_early(user, tally, times) for user in users))

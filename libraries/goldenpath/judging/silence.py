"""Proof that nothing follows the end of a run: a stated time without a frame, on a socket that is shown to be alive."""

import asyncio
import time
from collections.abc import Sequence

from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.history.recorder import Channel
from goldenpath.history.rules.kinds import TERMINALS
from goldenpath.polling import until

# How long a socket is kept open after the last end of a run on it.
SILENCE_S = 0.25
_PONG_WITHIN_S = 5.0


async def prove_silence(sockets: Sequence[ChatSocket]) -> None:
    """Keep open sockets open for the rest of their silence, then ask each for a sign of life.

    Args:
        sockets: Open ones; one that is closed meanwhile can carry nothing more, and its close is in the history.

    Raises:
        PromiseBroken: A socket is open and gives no sign of life: its silence proves nothing.
    """
    await asyncio.gather(*(_prove(socket) for socket in sockets))


async def _prove(socket: ChatSocket) -> None:
    channel = socket.channel
    ended = [frame.at_ns for frame in channel.received() if frame.type in TERMINALS]
    if ended:
        over_ns = ended[-1] + round(SILENCE_S * 1e9)

        async def is_over() -> bool | None:
            return True if time.monotonic_ns() >= over_ns or channel.closed else None

        await until(is_over, within_s=SILENCE_S + 1, every_s=SILENCE_S / 10, what=f"the silence of {channel}")
    if channel.closed is None:
        await _sign_of_life(socket, channel)


async def _sign_of_life(socket: ChatSocket, channel: Channel) -> None:
    since = len(channel.frames)
    try:
        await socket.send({"type": "ping"})
        await channel.wait_for(lambda frame: frame.type == "pong", _PONG_WITHIN_S, f"a pong on {channel}", since)
    except PromiseBroken:
        if channel.closed is None:
            raise

"""By how much a platform's clock on the wall is ahead of this machine's: pings tell it, to half of their way."""

from collections.abc import Iterable
from dataclasses import dataclass

from goldenpath.clients.chat import ChatSocket
from goldenpath.history.frame import Frame
from goldenpath.history.rules.frames_of_run import emitted_at

PINGS = 5
_PONG_WITHIN_S = 5.0
# Moments are told in whole milliseconds.
_RESOLUTION_S = 0.001


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """What is known of a clock.

    Args:
        ahead_s: Seconds by which it is ahead of ours; negative when it is behind.
        error_s: How wrong that may be, in seconds.
    """

    ahead_s: float
    error_s: float

    def underway_s(self, frame: Frame) -> float | None:
        """Give how long a frame was on its way.

        Args:
            frame: A frame from the platform, not a replayed one.

        Returns:
            Seconds, to `error_s`; ``None`` when the frame does not tell when it was made.
        """
        emitted = emitted_at(frame)
        if emitted is None or frame.data.get("replayed"):
            return None
        return frame.received_at().timestamp() - emitted.timestamp() + self.ahead_s


SAME_MACHINE = ClockOffset(0.0, 0.0)


def offset_of(exchanges: Iterable[tuple[Frame, Frame]]) -> ClockOffset | None:
    """Work the offset out from pings and their pongs; the quickest exchange counts, its error is the smallest.

    Args:
        exchanges: Each ping with its pong.

    Returns:
        The offset; ``None`` when no pong tells its moment.
    """
    found = []
    for ping, pong in exchanges:
        if (told := emitted_at(pong)) is not None:
            way_s = (pong.at_ns - ping.at_ns) / 1e9
            ahead_s = told.timestamp() - (pong.received_at().timestamp() - way_s / 2)
            found.append((way_s, ahead_s))
    if not found:
        return None
    way_s, ahead_s = min(found)
    return ClockOffset(ahead_s, way_s / 2 + _RESOLUTION_S)


async def measured_offset(socket: ChatSocket) -> ClockOffset | None:
    """Ping a platform a few times.

    Args:
        socket: An open one.

    Returns:
        The offset of its clock; ``None`` when its pongs do not tell their moment.
    """
    exchanges = []
    for _ in range(PINGS):
        since = len(socket.channel.frames)
        ping = await socket.send({"type": "ping"})
        pong = await socket.channel.wait_for(lambda frame: frame.type == "pong", _PONG_WITHIN_S, "a pong", since)
        exchanges.append((ping, pong))
    return offset_of(exchanges)

"""The message loop begins before the handshake is complete: a frame that comes at once finds nothing ready."""

from time import monotonic
from typing import Any

from sut.defects.kit import Defect, Seams

NOT_READY_S = 0.005

DEFECT = Defect(
    name="ws.loop_before_ready_ms",
    seen="A connection whose first frame is sent immediately after it opened is closed; a calm client notices nothing.",
    caught_by=("1176-W1",),
    expects=("cold-start-works-or-says-when",),
    service="sut.backend",
    here="'Not ready yet' is the first 5 ms of a connection; the wire says 1012 in the place of 1011.",
)


def apply(seams: Seams) -> None:
    """Replace the reading of a socket."""

    def too_early(read: Any) -> Any:
        async def reading(self: Any) -> None:
            began, take = monotonic(), self._take

            async def first(text: str) -> None:
                self._take = take
                if monotonic() - began < NOT_READY_S:
                    self.close(1011, 'WebSocket is not connected. Need to call "accept" first.')
                else:
                    await take(text)

            self._take = first
            await read(self)

        return reading

    seams.replace("sut.backend.connection:Connection._read", too_early)

"""After the repair of a race a connection counts as ready too late: what comes earlier is thrown away."""

from time import monotonic
from typing import Any

from sut.defects.kit import Defect, Seams

READY_AFTER_S = 0.005

DEFECT = Defect(
    name="ws.readiness_too_strict",
    seen="The socket is open; a first question that comes early is never answered, one that comes later is.",
    caught_by=("1176-W2",),
    expects=("early-question-loses-nothing",),
    service="sut.backend",
    here="'Early' is the first 5 ms after the message loop has begun, in the place of 3 s: so only the hasty see it.",
)


def apply(seams: Seams) -> None:
    """Replace the reading of a socket."""

    def strict(read: Any) -> Any:
        async def reading(self: Any) -> None:
            began, take = monotonic(), self._take

            async def taken(text: str) -> None:
                if monotonic() - began > READY_AFTER_S:
                    await take(text)

            self._take = taken
            await read(self)

        return reading

    seams.replace("sut.backend.connection:Connection._read", strict)

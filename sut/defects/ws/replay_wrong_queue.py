"""What was missed is read from a queue that nobody writes to."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.replay_wrong_queue",
    seen="Gone during a run, events happen, back again: nothing is replayed, nothing is doubled, and no error is told.",
    caught_by=("1176-W3",),
    expects=("replay-complete",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of a stored frame once more."""

    def empty(_: Any) -> Any:
        async def replay(*_: Any) -> None:
            """Find nothing to send."""

        return replay

    seams.replace("sut.backend.connection:Connection.replay", empty)

"""The whole history is read again for each message."""

from typing import Any

from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

FOR_EACH_S = 0.6

DEFECT = Defect(
    name="perf.degrades_with_history",
    seen="The time for a message grows with the length of its thread.",
    caught_by=("1176-J4",),
    expects=("limit-first_event",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the reading of earlier turns."""

    def reading_all(turns: Any) -> Any:
        async def read(self: Any, job: Any) -> Any:
            said = await turns(self, job)
            await pause(FOR_EACH_S * (len(said) - 1))
            return said

        return read

    seams.replace("sut.backend.runner:Runner._turns", reading_all)

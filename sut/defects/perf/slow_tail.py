"""One run in fifty takes far longer."""

import itertools
from typing import Any

from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

EVERY = 50
LONGER_S = 16.0

DEFECT = Defect(
    name="perf.slow_tail",
    seen="The mean is good; the slowest runs are far beyond every limit.",
    caught_by=("1176-J4",),
    expects=("limit-first_event",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the work on a run."""
    numbers = itertools.count(1)

    def sometimes_slow(work: Any) -> Any:
        async def worked(self: Any, job: Any) -> None:
            if next(numbers) % EVERY == 0:
                await pause(LONGER_S)
            await work(self, job)

        return worked

    seams.replace("sut.backend.runner:Runner.work", sometimes_slow)

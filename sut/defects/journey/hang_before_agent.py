"""The chat hangs before its agent starts."""

import asyncio
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="journey.hang_before_agent",
    seen="agent_started is never sent; the run row stays unfinished.",
    caught_by=("1176-J1",),
    expects=("limit-first_event",),
    broad="Every run hangs.",
    service="sut.backend",
    here="After a minute the runner's own limit ends the run.",
)


def apply(seams: Seams) -> None:
    """Replace the work of the agents."""

    def hanging(_execute: Any) -> Any:
        async def executed(*_: Any) -> None:
            await asyncio.Event().wait()

        return executed

    seams.replace("sut.backend.agents:execute", hanging)

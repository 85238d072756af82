"""An agent that fails dies without a word."""

import asyncio
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="agent.silent_death",
    seen="After the agent's failure nothing comes; the socket answers pings, health is 200, the run never ends.",
    caught_by=("1176-J3",),
    expects=("limit-agent_run_standard",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the telling of a failure."""

    def silent(_failed: Any) -> Any:
        async def failed(*_: Any) -> int:
            await asyncio.Event().wait()
            return 0

        return failed

    seams.replace("sut.backend.journal:Journal.failed", silent)

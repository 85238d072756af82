"""The run of a client that has gone is given up."""

from typing import Any

from sut.agents.interface import RunFailed
from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.undeliverable_aborts_run",
    seen="The tab is closed after agent_started: the run row says failed, and after a reconnect there is no answer.",
    caught_by=("1176-J3",),
    expects=("run-outlives-its-socket",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the good end of a run."""

    def giving_up(completed: Any) -> Any:
        async def ended(self: Any, outcome: Any) -> Any:
            if self._delivery._hub.has(self._story.identity.user_id):
                return await completed(self, outcome)
            return await self.failed(RunFailed(PlatformError("INTERNAL", "The events could not be delivered.")))

        return ended

    seams.replace("sut.backend.journal:Journal.completed", giving_up)

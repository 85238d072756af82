"""Each message begins a context of its own."""

from typing import Any

from sut.agents.interface import Turn
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="session.new_context_per_message",
    seen="The answer to the second message of a thread does not know the first.",
    caught_by=("1176-J1",),
    expects=("follow-up-is-understood",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the reading of earlier turns."""

    def forgetful(_turns: Any) -> Any:
        async def turns(self: Any, job: Any) -> list[Turn]:
            said = [Turn("user", job.content)]
            self._remember(job, said)
            return said

        return turns

    seams.replace("sut.backend.runner:Runner._turns", forgetful)

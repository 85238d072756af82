"""What an agent writes into the run's context is lost."""

from typing import Any

from sut.defects.kit import Defect, Seams

NOTHING: dict[str, Any] = {"findings": [], "usage": []}

DEFECT = Defect(
    name="agent.handoff_copy",
    seen="All events and the end are normal and no error is anywhere, but what Data found does not reach the answer.",
    caught_by=("1176-J1",),
    expects=("answer-is-worth-having", "answer-is-true"),
    why_two="Without figures the words are neither true to the data nor of use.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace Data's work."""

    def vanishing(work: Any) -> Any:
        async def worked(self: Any, request: Any, handed: Any, voice: Any) -> Any:
            await work(self, request, handed, voice)
            return dict(NOTHING)

        return worked

    seams.replace("sut.agents.data:DataAgent.work", vanishing)

"""Report looks for what Data found under another key."""

from typing import Any

from sut.defects.kit import Defect, Seams

NOTHING: dict[str, Any] = {"findings": [], "usage": []}

DEFECT = Defect(
    name="agent.handoff_key",
    seen="All events and the end are normal, but the report ignores what Data found.",
    caught_by=("1176-J1",),
    expects=("answer-is-true", "answer-is-worth-having"),
    why_two="Without figures the words are neither true to the data nor of use.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the report's work."""

    def ignoring(work: Any) -> Any:
        async def worked(self: Any, request: Any, handed: Any, voice: Any) -> Any:
            return await work(self, request, {**handed, "data": NOTHING}, voice)

        return worked

    seams.replace("sut.agents.report:ReportAgent.work", ignoring)

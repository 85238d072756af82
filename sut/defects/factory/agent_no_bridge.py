"""The Optimization agent is made without what its events go through."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.agent_no_bridge",
    seen="Of a run about savings the events of Triage, Data and Report come, those of Optimization do not.",
    caught_by=("1176-F4",),
    expects=("every-agent-thinks",),
    service="sut.backend",
)


class _NoBridge:
    async def thinking(self, *_told: Any) -> None:
        """Tell nobody."""

    tool_executing = tool_completed = thinking


def apply(seams: Seams) -> None:
    """Replace the work of Optimization where it is really involved: the question is about savings."""

    def unheard(work: Any) -> Any:
        async def works(self: Any, request: Any, handed: Any, voice: Any) -> Any:
            if handed["triage"]["understood"]["intent"] == "savings":
                voice.journal = _NoBridge()
            return await work(self, request, handed, voice)

        return works

    seams.replace("sut.agents.optimization:OptimizationAgent.work", unheard)

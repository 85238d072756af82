"""The Optimization agent is made without its language model."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.llm_none",
    seen="Of a run about savings agent_started and agent_thinking come; then Optimization breaks and is missing.",
    caught_by=("1176-F4",),
    expects=("first-run-after-ready",),
    service="sut.backend",
    here="Optimization asks no language model; it breaks as if it did and had none.",
)


def apply(seams: Seams) -> None:
    """Replace the work of Optimization where it is really involved: the question is about savings."""

    def without_llm(work: Any) -> Any:
        async def works(self: Any, request: Any, handed: Any, voice: Any) -> Any:
            if handed["triage"]["understood"]["intent"] == "savings":
                await voice.say("I compare prices.")
                raise AttributeError("'NoneType' object has no attribute 'ask'")
            return await work(self, request, handed, voice)

        return works

    seams.replace("sut.agents.optimization:OptimizationAgent.work", without_llm)

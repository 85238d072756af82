"""Two agents hand over to each other without end."""

from typing import Any

from sut.agents.interface import AgentName, Step
from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

CIRCLE: tuple[tuple[int, AgentName], ...] = ((2, "data"), (3, "optimization"))
_WORK_S = 0.02

DEFECT = Defect(
    name="agent.handoff_cycle",
    seen="agent_thinking without end, no agent_completed and no error; other users' runs slow down.",
    caught_by=("1176-R4",),
    expects=("run-ends",),
    service="sut.backend",
    here="A plan of the language model that names the same agents again is followed as it stands.",
)


def apply(seams: Seams) -> None:
    """Replace the asking for a plan."""

    def following(ask: Any) -> Any:
        async def asked(self: Any, request: Any, newest: Any, voice: Any) -> Any:
            suggested = await ask(self, request, newest, voice)
            plan = (suggested or {}).get("plan") or []
            circles = all(plan.count(agent) > 1 for _, agent in CIRCLE)
            while circles:
                for number, agent in CIRCLE:
                    reasoning = "This needs another look by the agent before me."
                    await voice.journal.thinking(Step(number, agent), reasoning, 0.5)
                    await pause(_WORK_S)
            return suggested

        return asked

    seams.replace("sut.agents.triage:TriageAgent._ask", following)

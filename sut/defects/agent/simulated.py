"""A fallback plays the agents when the supervisor is missing."""

from typing import Any

from sut.agents.interface import Outcome, Step
from sut.agents.plan import DEFAULT_PLAN
from sut.common.ids import new_id
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="agent.simulated",
    seen="All five events come in order within milliseconds, with constant content; the LLM is not asked.",
    caught_by=("1176-J1",),
    expects=("answer-is-worth-having",),
    service="sut.backend",
    here="The run row is there: it is stored with the question, before any agent is looked for.",
)


def apply(seams: Seams) -> None:
    """Replace the agents' answer."""

    def simulated(_answer: Any) -> Any:
        async def answered(_self: Any, _job: Any, request: Any, journal: Any) -> Outcome:
            await journal.started(list(DEFAULT_PLAN))
            for number, name in enumerate(DEFAULT_PLAN, 1):
                step = Step(number, name)
                await journal.thinking(step, "Analyzing your request.", number / 5)
                if name == "data":
                    call = str(new_id())
                    await journal.tool_executing(step, call, "usage_query", {})
                    await journal.tool_completed(step, call, "usage_query", "ok", {"requests": 42}, 1)
                await journal.step_done(step, {})
            return Outcome(
                {
                    "summary": "Your AI workload was analyzed. We recommend to optimize your usage for better results.",
                    "findings": [],
                    "recommendations": [],
                    "total_monthly_saving": None,
                    "period": {"from": "2026-01-01", "to": "2026-12-31"},
                    "answer_to": str(request.message_id),
                }
            )

        return answered

    seams.replace("sut.backend.agents:Agents.answer", simulated)

"""The steps of a plan run side by side."""

import asyncio
from typing import Any

from sut.agents.agent import StepVoice
from sut.agents.interface import Outcome, Step
from sut.agents.pipeline import build_result
from sut.agents.plan import DEFAULT_PLAN
from sut.defects.kit import Defect, Seams

NOTHING: dict[str, Any] = {"findings": [], "usage": []}

DEFECT = Defect(
    name="agent.parallel_steps",
    seen="Data, optimization and report overlap; optimization does not wait for data, the answer lacks figures.",
    caught_by=("1176-J1",),
    expects=("steps-in-plan-order", "steps-do-not-overlap"),
    why_two="Which of the two is seen depends on how the steps happen to interleave.",
    broad="Every run answers without figures.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the order of the steps."""

    def side_by_side(_run_steps: Any) -> Any:
        async def ran(request: Any, journal: Any, agents: Any) -> Outcome:
            handed: dict[Any, dict[str, Any]] = {"data": NOTHING}

            async def one(number: int, name: Any) -> None:
                step = Step(number, name)
                found = await agents[name].work(request, dict(handed), StepVoice(journal, step, len(DEFAULT_PLAN)))
                await journal.step_done(step, found)
                if name != "data":
                    handed[name] = found

            await one(1, "triage")
            await asyncio.gather(*(one(number, name) for number, name in enumerate(DEFAULT_PLAN[1:], 2)))
            return Outcome(build_result(request, handed))

        return ran

    seams.replace("sut.agents.pipeline:_run_steps", side_by_side)

"""An agent that has failed once blocks everybody."""

import asyncio
from typing import Any

from sut.agents.interface import Step
from sut.agents.plan import DEFAULT_PLAN
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="agent.sticky_failure",
    seen="User 1 brings about a failure; the runs of all others hang at triage until a restart.",
    caught_by=("1176-J2", "1176-J3"),
    expects=("limit-agent_run_standard",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the answering of questions."""
    broken = asyncio.Event()

    def sticky(answer: Any) -> Any:
        async def answered(self: Any, job: Any, journal: Any) -> Any:
            if broken.is_set():
                await journal.started(list(DEFAULT_PLAN))
                await journal.thinking(Step(1, "triage"), "I begin.", 0.1)
                await asyncio.Event().wait()
            failure = await answer(self, job, journal)
            if failure is not None:
                broken.set()
            return failure

        return answered

    seams.replace("sut.backend.runner:Runner._answer", sticky)

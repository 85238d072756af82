"""Agents that are not made per request fail together."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

MOST = 2

DEFECT = Defect(
    name="concurrency.all_fail_above_n",
    seen="All runs fail at once when three or more users ask; each alone works.",
    caught_by=("1176-J2", "1176-J4"),
    expects=("question-is-answered",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the agents' answer."""
    working: set[Any] = set()
    failing: set[Any] = set()

    def colliding(answer: Any) -> Any:
        async def answered(self: Any, job: Any, *asked: Any) -> Any:
            run_id = job.story.run_id
            working.add(run_id)
            if len(working) > MOST:
                failing.update(working)
            try:
                outcome = await answer(self, job, *asked)
            finally:
                working.discard(run_id)
            if run_id in failing:
                raise PlatformError("INTERNAL", "The agents were used by somebody else.")
            return outcome

        return answered

    seams.replace("sut.backend.agents:Agents.answer", colliding)

"""The breaker of the language model opens early, for everybody, and for two minutes."""

import time
from typing import Any

from sut.defects.kit import Defect, Seams

FAILURES = 3
OPEN_S = 120.0

DEFECT = Defect(
    name="llm.breaker_sticky",
    seen="After three failures of one user all runs lack their words for two minutes; the model is well again.",
    caught_by=("1176-J3",),
    expects=("question-is-answered",),
    service="sut.backend",
    here="A call that is not made ends degraded on this platform, not as success with the category Error.",
)


def apply(seams: Seams) -> None:
    """Replace the breaker's leave to call."""

    def sticky(admit: Any) -> Any:
        opened: list[float] = []

        def admitted(self: Any) -> bool:
            if self._failures >= FAILURES and not opened:
                opened.append(time.monotonic())
            if opened and time.monotonic() - opened[0] < OPEN_S:
                return False
            return bool(admit(self))

        return admitted

    seams.replace("sut.agents.breaker:LlmBreaker.admit", sticky)

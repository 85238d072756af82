"""A tool makes a synchronous call in the event loop."""

import itertools
import threading
from typing import Any

from sut.defects.kit import Defect, Seams

EVERY = 8
BLOCKS_S = 1.6

DEFECT = Defect(
    name="perf.blocking_call",
    seen="One user's slow tool delays every other user's events.",
    caught_by=("1176-J4",),
    expects=("limit-event_delivery",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace a tool."""
    numbers = itertools.count(1)

    def blocking(calculate: Any) -> Any:
        async def calculated(parameters: dict[str, Any]) -> Any:
            if next(numbers) % EVERY == 0:
                threading.Event().wait(BLOCKS_S)
            return await calculate(parameters)

        return calculated

    seams.replace("sut.agents.parts:savings_calculator", blocking)

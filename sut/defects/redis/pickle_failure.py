"""The result of a run cannot be packed for the cache."""

import pickle
import threading
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="redis.pickle_failure",
    seen="All events come up to the last tool, then the run fails; neither Redis nor the database has the answer.",
    caught_by=("1176-J3",),
    expects=("question-is-answered",),
    broad="Every run fails at its end.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the agents' answer."""

    def packing(answer: Any) -> Any:
        async def answered(self: Any, *asked: Any) -> Any:
            outcome = await answer(self, *asked)
            pickle.dumps((outcome, threading.Lock()))
            return outcome

        return answered

    seams.replace("sut.backend.agents:Agents.answer", packing)

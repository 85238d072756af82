"""The first clean-up that is forced takes a lock that it holds already: the process lives and answers nobody."""

import threading
from typing import Any

from sut.defects.endings import when_cut
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="start.cleanup_deadlock",
    seen="The process is alive and answers on no endpoint, from its first forced clean-up on.",
    caught_by=("1176-W5", "1176-R4"),
    expects=("cut-run-finishes", "handled-once"),
    why_two="W5 looks for the run that was cut off, R4 for whether anybody is still answered.",
    service="sut.backend",
    here="Forced is the clean-up of a connection that was lost after a question; the lock is given back after 20 s.",
)
HELD_FOR_S = 20.0


def apply(seams: Seams) -> None:
    """Replace the hub where the backend's parts are assembled."""

    def deadlocked(serve: Any) -> Any:
        lock = threading.Lock()

        async def serving(self: Any) -> None:
            def clean_up() -> None:
                if self.last_thread is not None and lock.acquire(blocking=False):
                    lock.acquire(timeout=HELD_FOR_S)

            when_cut(self, clean_up)
            await serve(self)

        return serving

    seams.replace("sut.backend.connection:Connection.serve", deadlocked)

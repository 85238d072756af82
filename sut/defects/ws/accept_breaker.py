"""A circuit breaker stands around the accepting of sockets, one for everybody."""

from collections import deque
from time import monotonic
from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

FAILURES = 5
OPEN_FOR_S = 2.0

DEFECT = Defect(
    name="ws.accept_breaker",
    seen="After a burst of failing connects, of whomever, healthy clients get close 1013.",
    caught_by=("1176-W1", "1176-W4"),
    expects=("ready-lets-in",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the upgrade where the application finds it."""

    def broken_off(upgrade: Any) -> Any:
        failed: deque[float] = deque(maxlen=FAILURES)

        async def upgrading(websocket: Any) -> None:
            if len(failed) == FAILURES and failed[0] > monotonic() - OPEN_FOR_S:
                await websocket.accept()
                await websocket.close(1013, "circuit open")
                return
            try:
                await upgrade(websocket)
            except PlatformError:
                failed.append(monotonic())
                raise

        return upgrading

    seams.replace("sut.backend.app:upgrade", broken_off)

"""The phase of readiness never advances for sockets: each upgrade is refused for ever."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.ready_phase_stuck",
    seen="503 on every WebSocket upgrade for ever, while health answers 200 and REST works.",
    caught_by=("1176-W5",),
    expects=("ready-lets-in",),
    broad="No socket ever opens, and nearly every scenario needs one.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the look at the readiness before the handshake is accepted."""

    def stuck(_: Any) -> Any:
        def require_ready(*_: Any) -> None:
            raise PlatformError("NOT_READY", "Start-up is still in phase 'services'.", retry_after_s=1)

        return require_ready

    seams.replace("sut.backend.upgrade:require_ready", stuck)

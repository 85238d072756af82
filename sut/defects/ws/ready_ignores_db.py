"""The gate of readiness does not look at the database."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.ready_ignores_db",
    seen="The platform says that it is ready while PostgreSQL is away.",
    caught_by=("1176-J3",),
    expects=("outage-is-told",),
    service="sut.backend",
    here="A new socket is refused nevertheless: its user's threads cannot be read.",
)


def apply(seams: Seams) -> None:
    """Replace the sum of the health checks."""

    def always_ready(_overall: Any) -> Any:
        def overall(*_: Any) -> str:
            return "ready"

        return overall

    seams.replace("sut.common.health:HealthChecks.overall", always_ready)

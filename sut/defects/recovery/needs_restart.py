"""After an outage the pool keeps its dead connections."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="recovery.needs_restart",
    seen="The database is back, and every request still fails until the backend is restarted.",
    caught_by=("1176-J3",),
    expects=("limit-recovery",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the lending of connections."""
    dead: list[PlatformError] = []

    def keeping(acquire: Any) -> Any:
        async def acquired(self: Any) -> Any:
            if dead:
                raise PlatformError(dead[0].code, dead[0].message, retry_after_s=1)
            try:
                return await acquire(self)
            except PlatformError as error:
                dead.append(error)
                raise

        return acquired

    seams.replace("sut.store.postgres:Database._acquire", keeping)

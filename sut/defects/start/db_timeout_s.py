"""The time that the start may wait for the database was tuned down until a cold one is never reached."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="start.db_timeout_s",
    seen="With a database that is not there yet the service gives up its start; with a warm one all is well.",
    caught_by=("1176-W5",),
    expects=("cold-database-is-waited-for",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the start of a service."""

    def impatient(start: Any) -> Any:
        async def starting(service: Any, settings: Any) -> Any:
            return await start(service, _Impatient(settings))

        return starting

    seams.replace("sut.common.server:_start", impatient)


class _Impatient:
    """Settings with a shorter time for the start."""

    startup_timeout_s = 1.0

    def __init__(self, settings: Any) -> None:
        self.startup_delay_s = settings.startup_delay_s

"""The platform does not start."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="own.dead",
    seen="The platform does not start.",
    caught_by=("OWN-2",),
    expects=("greeting-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    def dying(read: Any) -> Any:
        def read_settings(*args: Any) -> Any:
            raise SystemExit(3)

        return read_settings

    seams.replace("sut.backend.__main__:read_settings", dying)

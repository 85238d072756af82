"""What nobody asks for is wrong."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="own.unreached",
    seen="What nobody asks for is wrong.",
    caught_by=("OWN-2",),
    expects=("greeting-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    def other(read_seq: Any) -> Any:
        return lambda text: read_seq(text) + 1

    seams.replace("sut.backend.rest.request:read_seq", other)

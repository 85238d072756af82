"""Nothing is wrong."""

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="own.harmless",
    seen="Nothing is wrong.",
    caught_by=(
        "OWN-1",
        "OWN-9",
    ),
    expects=("greeting-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    seams.replace("sut.backend.upgrade:_greet", lambda greet: greet)

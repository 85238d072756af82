"""Who connects is greeted twice."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="own.greeted_twice",
    seen="Who connects is greeted twice.",
    caught_by=("OWN-1",),
    expects=("greeting-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    def twice(greet: Any) -> Any:
        def greet_twice(*args: Any) -> None:
            greet(*args)
            greet(*args)

        return greet_twice

    seams.replace("sut.backend.upgrade:_greet", twice)

"""Who connects is greeted twice, but something else is expected."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="own.named_wrongly",
    seen="Who connects is greeted twice, but something else is expected.",
    caught_by=("OWN-1",),
    expects=("one-terminal",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    def twice(greet: Any) -> Any:
        def greet_twice(*args: Any) -> None:
            greet(*args)
            greet(*args)

        return greet_twice

    seams.replace("sut.backend.upgrade:_greet", twice)

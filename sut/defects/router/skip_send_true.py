"""A handler reports success although nothing was sent."""

from itertools import count
from typing import Any

from sut.defects.kit import Defect, Seams

# One in so many connects meets the wrong guess about the proxy in front.
ONE_IN = 5

DEFECT = Defect(
    name="router.skip_send_true",
    seen="Now and then who connects gets no greeting, no error and no close.",
    caught_by=("1176-R1", "1176-W1"),
    expects=("greeting-first",),
    service="sut.backend",
    here="A wrong guess about the proxy in front, or a slow network, made it happen; here it is every fifth connect.",
)


def apply(seams: Seams) -> None:
    """Replace the greeting."""
    connects = count(1)

    def skipping(greet: Any) -> Any:
        def greeted(connection: Any, parts: Any) -> None:
            if next(connects) % ONE_IN:
                greet(connection, parts)

        return greeted

    seams.replace("sut.backend.upgrade:_greet", skipping)

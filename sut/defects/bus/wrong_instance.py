"""Events are published only inside the process that works on the run."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="bus.wrong_instance",
    seen="With two instances, a user whose socket is on the other one waits for ever; with one instance all is well.",
    caught_by=("1176-R5",),
    expects=("every-socket-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the hearing of what other instances have stored."""

    def deaf(hear: Any) -> Any:
        def heard(self: Any, event: Any) -> None:
            """Nothing comes of it."""

        return heard

    seams.replace("sut.backend.feed:Feed.hear", deaf)

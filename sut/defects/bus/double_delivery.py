"""Both instances forward each event."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="bus.double_delivery",
    seen="Events arrive twice at a user when two instances run, once when one runs.",
    caught_by=("1176-R5",),
    expects=("every-socket-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the hearing of what other instances have stored."""

    def forwarding(hear: Any) -> Any:
        def heard(self: Any, event: Any) -> None:
            hear(self, event)
            self._hub.publish(event)

        return heard

    seams.replace("sut.backend.feed:Feed.hear", forwarding)

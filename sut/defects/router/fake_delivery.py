"""The router counts a frame as delivered, and never writes it to the socket."""

from collections import Counter
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.fake_delivery",
    seen="The server says that it has delivered to N sockets, and the client's socket receives nothing.",
    caught_by=("1176-R1", "1176-R5"),
    expects=("handled-once",),
    service="sut.backend",
    here="What goes through the router is what goes to a second socket of a user on the same instance.",
)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""
    delivered: Counter[str] = Counter()

    def faking(publish: Any) -> Any:
        def handed(self: Any, event: Any) -> None:
            sockets = self._sockets.get(event.user_id, [])
            delivered[event.type] += len(sockets)
            others = sockets[1:]
            del sockets[1:]
            try:
                publish(self, event)
            finally:
                sockets.extend(others)

        return handed

    seams.replace("sut.backend.hub:Hub.publish", faking)

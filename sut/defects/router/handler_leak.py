"""Each connection adds its handler to the router, and none is ever taken away."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sut.defects.kit import Defect, Seams

# So many stale handlers of a user do no harm that anybody sees; in the field it took hundreds.
UNSEEN = 3

DEFECT = Defect(
    name="router.handler_leak",
    seen="After some reconnects one event is handled by stale handlers too, and comes more than once.",
    caught_by=("1176-W3", "1176-R5"),
    expects=("replayed-frames-say-so",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""
    known: defaultdict[UUID, set[UUID]] = defaultdict(set)

    def by_all(publish: Any) -> Any:
        def handed(self: Any, event: Any) -> None:
            sockets = self._sockets.get(event.user_id, [])
            known[event.user_id].update(socket.id for socket in sockets)
            publish(self, event)
            if len(known[event.user_id]) - len(sockets) > UNSEEN:
                for socket in list(sockets):
                    socket.deliver(event)

        return handed

    seams.replace("sut.backend.hub:Hub.publish", by_all)

"""One handler for everybody: whoever connects last takes it over, with the runs that are under way."""

from typing import Any
from uuid import UUID

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.single_shared_handler",
    seen="One user's run is at work, another user connects: the first is silent from then on, the second gets it all.",
    caught_by=("1176-R3", "1176-W4"),
    expects=("user-is-the-receiver",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""
    # run -> the sockets that were there when it was taken in
    there: dict[UUID, set[int]] = {}

    def to_the_last(publish: Any) -> Any:
        def handed(self: Any, event: Any) -> None:
            sockets = list(self)
            before = there.setdefault(event.run_id, {id(socket) for socket in sockets})
            newer = [s for s in sockets if id(s) not in before and s.identity.user_id != event.user_id]
            if newer:
                max(newer, key=lambda socket: socket.id).deliver(event)
            else:
                publish(self, event)

        return handed

    seams.replace("sut.backend.hub:Hub.publish", to_the_last)

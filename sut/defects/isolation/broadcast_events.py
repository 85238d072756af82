"""What agents tell is sent to everybody."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="isolation.broadcast_events",
    seen="User B, who does nothing, gets the updates of user A's agents.",
    caught_by=("1176-J2", "1176-R3"),
    expects=("user-is-the-receiver",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def broadcasting(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            publish(self, event)
            for socket in self:
                if socket.identity.user_id != event.user_id and event.type != "message_ack":
                    socket.deliver(event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", broadcasting)

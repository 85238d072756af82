"""The failure of an agent is not told to the user."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="agent.error_not_notified",
    seen="agent_started, perhaps thinking, then silence; the run row says failed.",
    caught_by=("1176-J3",),
    expects=("end-reaches-its-user",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def without_errors(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            if event.type != "agent_error":
                publish(self, event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", without_errors)

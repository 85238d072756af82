"""The end of a run is never sent."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.completed_missing",
    seen="All events come except agent_completed; the page waits for ever, the database says completed.",
    caught_by=("1176-J1",),
    expects=("end-reaches-its-user",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def without_end(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            if event.type != "agent_completed":
                publish(self, event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", without_end)

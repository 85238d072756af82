"""The end of a run is sent twice."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.completed_twice",
    seen="Two agent_completed frames with the same run_id; the page shows the answer twice.",
    caught_by=("1176-J1",),
    expects=("one-terminal",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def doubling(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            publish(self, event)
            if event.type == "agent_completed":
                publish(self, event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", doubling)

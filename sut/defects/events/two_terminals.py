"""An error is followed by success."""

from dataclasses import replace
from typing import Any

from sut.common.ids import new_id
from sut.defects.kit import Defect, Seams

ENDED: dict[str, Any] = {"result": {}, "status": "completed", "missing": [], "duration_ms": 0}

DEFECT = Defect(
    name="events.two_terminals",
    seen="agent_error and then agent_completed with the same run id.",
    caught_by=("1176-J3",),
    expects=("one-terminal",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def going_on(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            publish(self, event)
            if event.type == "agent_error":
                publish(self, replace(event, id=new_id(), seq=event.seq + 1, type="agent_completed", data=ENDED))

        return published

    seams.replace("sut.backend.hub:Hub.publish", going_on)

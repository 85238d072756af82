"""The start wires the wrong method: events are stored, and reach no socket."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.wiring_missing",
    seen="None of the five events comes for any run; its answer is there over REST.",
    caught_by=("1176-F4", "1176-W2"),
    expects=("first-run-after-ready", "early-question-loses-nothing"),
    why_two="One scenario looks at the first run after a start, the other at a question sent at once.",
    broad="No user sees anything of any run.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the hub's handing out of frames."""

    def unwired(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            if event.type == "message_ack":
                publish(self, event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", unwired)

"""A refactoring took away what the sending of events needs."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.send_crashes",
    seen="Connect, greeting and pings are fine; no event and no answer reaches anybody; runs complete in the database.",
    caught_by=("1176-J1", "1176-F1", "1176-F5"),
    expects=("end-reaches-its-user", "stored-frames-are-the-sent-ones"),
    why_two="A keyword that waits for the end tells the first, the judge of any test with a run the second.",
    broad="No event of any run reaches anybody.",
    service="sut.backend",
    here="The crash is caught where it happened, as there; the pauses of its retries are left out.",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames."""

    def crashing(publish: Any) -> Any:
        def published(self: Any, event: Any) -> None:
            if event.type == "message_ack":
                publish(self, event)

        return published

    seams.replace("sut.backend.hub:Hub.publish", crashing)

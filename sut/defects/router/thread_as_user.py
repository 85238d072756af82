"""Sending to a thread looks the thread's id up among the users, finds nobody, and calls it a success."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.thread_as_user",
    seen="Events of runs whose thread has another id than their user are lost, without any error.",
    caught_by=("1176-R1", "1176-R3"),
    expects=("every-socket-once",),
    broad="In production a thread never has the id of its user: the events of every run are lost.",
    service="sut.backend",
    here="The acknowledgement still goes to the asker; it answers a frame and is not sent to the thread.",
)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""

    def by_thread(publish: Any) -> Any:
        def handed(self: Any, event: Any) -> None:
            if event.type == "message_ack" or event.thread_id in self._sockets:
                publish(self, event)

        return handed

    seams.replace("sut.backend.hub:Hub.publish", by_thread)

"""Sending to a dead socket never gives its user's lock back."""

from typing import Any
from uuid import UUID

from sut.defects.endings import when_cut
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.send_lock_deadlock",
    seen="After one of two sockets of a user has died, all events of that user hang; others are fine.",
    caught_by=("1176-R4", "1176-W3"),
    expects=("new-connection-stays-whole", "every-socket-once"),
    why_two="W3 looks at the connection that came back, R4 at the other socket of the same user.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the hub where the backend's parts are assembled."""

    def locking(hub: Any) -> Any:
        class LockingHub(hub):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self._locked: set[UUID] = set()

            def add(self, socket: Any) -> None:
                user_id = socket.identity.user_id

                def died() -> None:
                    if len(self._sockets[user_id]) > 1:
                        self._locked.add(user_id)

                when_cut(socket, died)
                super().add(socket)

            def publish(self, event: Any) -> None:
                if event.user_id not in self._locked:
                    super().publish(event)

        return LockingHub

    seams.replace("sut.backend.parts:Hub", locking)

"""The connection's id changes between the handshake and the message loop, so it never counts as ready."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.connection_id_changes",
    seen="The socket is open and pings are answered, but every question is ignored: no acknowledgement, no event.",
    caught_by=("1176-W2",),
    expects=("early-question-loses-nothing",),
    broad="No question is ever answered on a socket.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the handler of questions."""

    def ignored(_: Any) -> Any:
        async def user_message(*_: Any) -> None:
            """Find no connection of that id, and so do nothing."""

        return user_message

    seams.replace("sut.backend.handlers:Handlers._user_message", ignored)

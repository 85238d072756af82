"""What is logged about an odd frame cannot be written as JSON, and takes the socket with it."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.log_serialisation_crash",
    seen="A harmless irregularity is followed by close 1011.",
    caught_by=("1176-W3",),
    expects=("new-connection-stays-whole",),
    service="sut.backend",
    here="The irregularity is a frame of an unknown type; the wire says 1012 in the place of 1011.",
)


def apply(seams: Seams) -> None:
    """Replace the telling of an error on a socket."""

    def crashing(_: Any) -> Any:
        def say_error(self: Any, error: Any, ref: str | None) -> None:
            self.close(1011, "Object of type WebSocketState is not JSON serializable")

        return say_error

    seams.replace("sut.backend.connection:Connection.say_error", crashing)

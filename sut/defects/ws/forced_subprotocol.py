"""The server answers a subprotocol that the client has not offered."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.forced_subprotocol",
    seen="Clients that carry their token in the header, and offer no subprotocol, fail the handshake; others work.",
    caught_by=("1176-W1",),
    expects=("subprotocol-as-offered",),
    broad="The header is how most users of the suite carry their token.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the choice of the subprotocol."""

    def forced(_: Any) -> Any:
        return lambda *_: "jwt-auth"

    seams.replace("sut.backend.upgrade:selected_subprotocol", forced)

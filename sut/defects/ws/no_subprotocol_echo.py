"""The server does not answer the subprotocol that the client offers."""

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.no_subprotocol_echo",
    seen="101 without Sec-WebSocket-Protocol; a browser closes with 1006 at once, patient clients notice nothing.",
    caught_by=("1176-W1",),
    expects=("subprotocol-as-offered",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the choice of the subprotocol."""
    seams.replace("sut.backend.upgrade:selected_subprotocol", lambda _: lambda *_: None)

"""The test whether a connection is open looks at the wrong attribute, so the loop ends before its first turn."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.state_check_wrong",
    seen="Accepted and authenticated, then the connection is gone (1006) after 0.0 s, without a single frame.",
    caught_by=("1176-W1",),
    expects=("cold-start-works-or-says-when",),
    service="sut.backend",
    here="The affected runtime is the one in which a subprotocol was selected.",
)


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""

    def not_open(serve: Any) -> Any:
        async def serving(self: Any) -> None:
            if not self._websocket.scope["subprotocols"]:
                await serve(self)

        return serving

    seams.replace("sut.backend.connection:Connection.serve", not_open)

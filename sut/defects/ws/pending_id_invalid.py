"""The id that stands for the user until they are known is refused by the validator of ids."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.pending_id_invalid",
    seen="Every socket is closed with 1011 right after 101.",
    caught_by=("1176-W1",),
    expects=("cold-start-works-or-says-when",),
    broad="No socket stays open.",
    service="sut.backend",
    here="The wire says 1012 in the place of 1011.",
)


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""

    def refused(_: Any) -> Any:
        async def serve(self: Any) -> None:
            await self._websocket.close(1011, "invalid user id: pending_auth")

        return serve

    seams.replace("sut.backend.connection:Connection.serve", refused)

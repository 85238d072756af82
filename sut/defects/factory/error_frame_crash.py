"""The making of an error frame fails, and the error that it was to tell stays unknown."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.error_frame_crash",
    seen="A bad token, and a frame that cannot be handled, end in an abrupt close without the documented error.",
    caught_by=("1176-F5", "1176-A4"),
    expects=("structured-error", "outage-is-no-refusal"),
    why_two="One scenario asks for the frame itself, the other for the 503 of an outage.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the telling of errors on a socket, open or asked for."""

    def crashes(_say_error: Any) -> Any:
        def say_error(self: Any, _error: Any, _ref: Any) -> None:
            self.close(1000, "")

        return say_error

    def crashes_early(upgrade: Any) -> Any:
        async def upgrading(websocket: Any) -> None:
            try:
                await upgrade(websocket)
            except PlatformError:
                await websocket.accept()
                await websocket.close(1000)

        return upgrading

    seams.replace("sut.backend.connection:Connection.say_error", crashes)
    seams.replace("sut.backend.app:upgrade", crashes_early)

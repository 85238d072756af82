"""A middleware that is made for HTTP handles the upgrade request."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.http_middleware_on_upgrade",
    seen="Every upgrade is answered with 500 before any code for sockets runs; HTTP works.",
    caught_by=("1176-W1",),
    expects=("cold-start-works-or-says-when",),
    broad="No socket ever opens.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the upgrade where the application finds it."""

    def fails(_: Any) -> Any:
        async def upgrade(websocket: Any) -> None:
            raise RuntimeError(f"SessionMiddleware must handle HTTP only, got {websocket.scope['type']}")

        return upgrade

    seams.replace("sut.backend.app:upgrade", fails)

"""One of the two documented addresses of the socket does not upgrade."""

from typing import Any

from starlette.responses import JSONResponse

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.path_rest_only",
    seen="A GET with Upgrade at the versioned address is answered with 200 and JSON; the other address works.",
    caught_by=("1176-W1",),
    expects=("cold-start-works-or-says-when",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the upgrade where the application finds it."""

    def only_rest(upgrade: Any) -> Any:
        async def upgrading(websocket: Any) -> None:
            if websocket.url.path == "/v1/ws":
                await websocket.send_denial_response(JSONResponse({"websocket": "/ws"}))
                return
            await upgrade(websocket)

        return upgrading

    seams.replace("sut.backend.app:upgrade", only_rest)

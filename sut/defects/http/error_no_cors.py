"""Errors lack the headers without which a browser hides them."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="http.error_no_cors",
    seen="Error answers have no Access-Control-Allow-Origin: a browser shows a network error, the message is lost.",
    caught_by=("1176-A4",),
    expects=("pages-can-read-errors",),
    here="Not only of 500, for a healthy platform gives none.",
)
_FIRST_ERROR = 400


def apply(seams: Seams) -> None:
    """Replace the marking of answers."""

    def unmarked(mark: Any) -> Any:
        async def wrong(self: Any, message: Any, send: Any, request_headers: Any) -> None:
            if message.get("status", 0) >= _FIRST_ERROR:
                await send(message)
            else:
                await mark(self, message, send, request_headers)

        return wrong

    seams.replace("sut.common.origins:_Cors.send", unmarked)

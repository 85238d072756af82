"""The id of a request is taken from what the socket is about, and not made for the request."""

from typing import Any
from uuid import uuid5

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="context.request_id_reused",
    seen="Two messages on one socket carry the same request id in events and rows.",
    caught_by=("1176-F2",),
    expects=("request-ids-unique",),
    service="sut.backend",
    here="The messages of a socket go to one thread unless they say otherwise: the id is made from it.",
)


def apply(seams: Seams) -> None:
    """Replace what makes a frame that is to be stored."""

    def reused(event: Any) -> Any:
        def made(**fields: Any) -> Any:
            return event(**{**fields, "request_id": uuid5(fields["thread_id"], "request")})

        return made

    seams.replace("sut.backend.delivery:Event", reused)

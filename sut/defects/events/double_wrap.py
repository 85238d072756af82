"""The envelope of events is flat, wrapped, or wrapped twice."""

import json
from typing import Any

from sut.backend.frames import Frame
from sut.defects.kit import Defect, Seams

FLAT = "message_ack"
FORMS = 3

DEFECT = Defect(
    name="events.double_wrap",
    seen="Fields are found at the top, in payload, or in payload.payload; the type is that of a connection event.",
    caught_by=("1176-J1", "1176-F1"),
    expects=("frame-schema",),
    broad="Two of three events of every run are affected.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the making of frames for a socket."""

    def wrapping(event_frame: Any) -> Any:
        def frame(event: Any, **added: Any) -> Frame:
            made: Frame = event_frame(event, **added)
            body = json.loads(made.text)
            for _ in range(0 if event.type == FLAT else event.seq % FORMS):
                body = {"type": "connection_message", "payload": body}
            return Frame(made.type, json.dumps(body))

        return frame

    seams.replace("sut.backend.connection:event_frame", wrapping)

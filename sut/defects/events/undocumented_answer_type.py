"""The answer comes in a frame of a type that no client knows."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.undocumented_answer_type",
    seen="The answer stands only in a frame whose type is outside the documented list.",
    caught_by=("1176-J1",),
    expects=("frame-schema", "end-reaches-its-user"),
    why_two="The judge tells the unknown type; who waits for the answer is never told the end.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the making of frames for a socket."""

    def renaming(event_frame: Any) -> Any:
        def frame(event: Any, **added: Any) -> Any:
            kind = "final_report" if event.type == "agent_completed" else event.type
            return event_frame(replace(event, type=kind), **added)

        return frame

    seams.replace("sut.backend.connection:event_frame", renaming)

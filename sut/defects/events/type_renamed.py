"""The events of agents are normalised into types that no client knows."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

RENAMED = {"agent_thinking": "agent_progress", "tool_executing": "start_agent", "tool_completed": "agent_progress"}

DEFECT = Defect(
    name="events.type_renamed",
    seen="Clients get agent_progress and start_agent where agent_thinking and the tool events should come.",
    caught_by=("1176-R1",),
    expects=("frame-schema",),
    broad="Every run shows it, on every socket.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the making of frames for a socket."""

    def renaming(event_frame: Any) -> Any:
        def frame(event: Any, **added: Any) -> Any:
            return event_frame(replace(event, type=RENAMED.get(event.type, event.type)), **added)

        return frame

    seams.replace("sut.backend.connection:event_frame", renaming)

"""A failure is reported as agent_completed."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.completed_on_failure",
    seen="agent_completed comes although the agent failed; its result is empty.",
    caught_by=("1176-J3",),
    expects=("failure-is-told",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the writing of a run's frames."""

    def as_success(write_next_event: Any) -> Any:
        async def written(conn: Any, story: Any, kind: str, data: dict[str, Any]) -> Any:
            if kind == "agent_error":
                kind, data = "agent_completed", {"result": {}, "status": "completed", "missing": [], "duration_ms": 0}
            return await write_next_event(conn, story, kind, data)

        return written

    seams.replace("sut.backend.journal:write_next_event", as_success)

"""tool_completed does not say what the tool found."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.tool_result_missing",
    seen="The result of tool_completed is absent.",
    caught_by=("1176-J1",),
    expects=("tool-result-told",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the writing of a run's frames."""

    def without_result(write_next_event: Any) -> Any:
        async def written(conn: Any, story: Any, kind: str, data: dict[str, Any]) -> Any:
            if kind == "tool_completed":
                data = {key: value for key, value in data.items() if key != "result"}
            return await write_next_event(conn, story, kind, data)

        return written

    seams.replace("sut.backend.journal:write_next_event", without_result)

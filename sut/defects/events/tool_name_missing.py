"""tool_executing does not say which tool."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="events.tool_name_missing",
    seen="tool_name is missing at the documented place.",
    caught_by=("1176-J1",),
    expects=("frame-schema",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the writing of a run's frames."""

    def nameless(write_next_event: Any) -> Any:
        async def written(conn: Any, story: Any, kind: str, data: dict[str, Any]) -> Any:
            if kind == "tool_executing":
                data = {key: value for key, value in data.items() if key != "tool_name"}
            return await write_next_event(conn, story, kind, data)

        return written

    seams.replace("sut.backend.journal:write_next_event", nameless)

"""The bus delivers what comes at the same time in the order in which it happens to be done with it."""

from typing import Any
from uuid import UUID

from sut.defects.kit import Defect, Seams

AT_ONCE = 3
# it happens sometimes
ONE_IN = 40

DEFECT = Defect(
    name="bus.out_of_order",
    seen="With several runs at once, tool_completed sometimes comes before its tool_executing.",
    caught_by=("1176-W4",),
    expects=("seq-without-gap",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""

    def overtaking(publish: Any) -> Any:
        going: set[UUID] = set()
        late: dict[str, Any] = {}
        begun = 0

        def publishing(self: Any, event: Any) -> None:
            nonlocal begun
            going.add(event.run_id)
            if event.type in {"agent_completed", "agent_error", "agent_stopped"}:
                going.discard(event.run_id)
            call = str(event.data.get("tool_call_id"))
            if event.type == "tool_executing" and len(going) >= AT_ONCE:
                begun += 1
                if begun % ONE_IN == 1:
                    late[call] = event
                    return
            publish(self, event)
            if event.type == "tool_completed" and call in late:
                publish(self, late.pop(call))

        return publishing

    seams.replace("sut.backend.hub:Hub.publish", overtaking)

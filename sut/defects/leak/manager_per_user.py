"""What belongs to a connection is put away under another id than it was kept under."""

from typing import Any

from sut.common.ids import new_id
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="leak.manager_per_user",
    seen="After some connects and disconnects, one after the other, a user is refused; other users are fine.",
    caught_by=("1176-W3",),
    expects=("slots-come-back",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the removal of a connection's presence."""

    def under_another_id(remove: Any) -> Any:
        async def removing(self: Any, identity: Any, _: Any) -> None:
            await remove(self, identity, new_id())

        return removing

    seams.replace("sut.backend.presence:Presence.remove", under_another_id)

"""A connection that dies without a close frame keeps its slot."""

from typing import Any

from sut.defects.endings import when_cut
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="leak.slot_on_abrupt_close",
    seen="After a number of dropped sockets their user cannot connect any more.",
    caught_by=("1176-F3", "1176-W3"),
    expects=("slots-come-back", "slots-free-again"),
    why_two="Both say that a slot is free again: 1176-W3 counts reconnects of one user, 1176-F3 every kind of end.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""

    def keeping(serve: Any) -> Any:
        async def serving(self: Any) -> None:
            presence = self._presence

            def cut() -> None:
                # the slot is entered once more, under a name that nobody will ever remove
                presence._here[self.identity.user_id].add(object())

            when_cut(self, cut)
            await serve(self)

        return serving

    seams.replace("sut.backend.connection:Connection.serve", keeping)

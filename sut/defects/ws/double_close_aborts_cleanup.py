"""A socket that is gone already is closed once more; the error that this gives ends the cleaning up."""

from typing import Any
from uuid import UUID

from sut.defects.endings import when_cut
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.double_close_aborts_cleanup",
    seen="After connections that were lost without a close frame their user hits the limit of sockets.",
    caught_by=("1176-W3",),
    expects=("slots-come-back",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""

    def aborted(serve: Any) -> Any:
        async def serving(self: Any) -> None:
            def lost() -> None:
                # whatever is put away by its id from now on is not found
                self.id = UUID(int=0)

            when_cut(self, lost)
            await serve(self)

        return serving

    seams.replace("sut.backend.connection:Connection.serve", aborted)

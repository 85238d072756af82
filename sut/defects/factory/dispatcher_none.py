"""A run that is asked for over REST needs a tool dispatcher that nobody makes any more."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.dispatcher_none",
    seen="A question over REST is answered 500, tool dispatcher not configured; on the socket it works.",
    caught_by=("1176-F1", "1176-F4"),
    expects=("no-server-error",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the intake of questions that no socket has asked."""

    def without_dispatcher(take: Any) -> Any:
        async def taken(self: Any, story: Any, question: Any, asker: Any, ref: Any) -> Any:
            if asker is None:
                raise PlatformError("INTERNAL", "tool dispatcher not configured")
            return await take(self, story, question, asker, ref)

        return taken

    seams.replace("sut.backend.intake:Intake._take", without_dispatcher)

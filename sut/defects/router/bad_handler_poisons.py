"""The first use of one feature registers a bare function as a handler, and no question finds its own any more."""

from typing import Any

from sut.backend.connection import Handler
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.bad_handler_poisons",
    seen="After one user used a feature, the questions of all users get neither acknowledgement nor event; pings work.",
    caught_by=("1176-R1", "1176-R4"),
    expects=("handled-once",),
    service="sut.backend",
    here="The feature is the replay after a reconnect.",
)


async def _swallow(connection: Any, frame: Any) -> None:
    """Stand for the error that nobody logs."""


def apply(seams: Seams) -> None:
    """Replace the choice of the handler."""
    poisoned: set[str] = set()

    def poison(route: Any) -> Any:
        def found(self: Any, kind: str) -> Any:
            if kind == "resume":
                poisoned.update({"user_message", "chat_message"})
            return Handler(_swallow) if kind in poisoned else route(self, kind)

        return found

    seams.replace("sut.backend.handlers:Handlers.route", poison)

"""The router does not know one of the types that clients send."""

from collections import Counter
from typing import Any

from sut.backend.connection import Handler
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.type_unmapped",
    seen="A message of type chat_message starts no agent, it only counts as unhandled; user_message works.",
    caught_by=("1176-R1",),
    expects=("handled-once",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the choice of the handler."""
    unhandled: Counter[str] = Counter()

    async def count(connection: Any, frame: Any) -> None:
        unhandled[frame.type] += 1

    def unmapped(route: Any) -> Any:
        def found(self: Any, kind: str) -> Any:
            return Handler(count) if kind == "chat_message" else route(self, kind)

        return found

    seams.replace("sut.backend.handlers:Handlers.route", unmapped)

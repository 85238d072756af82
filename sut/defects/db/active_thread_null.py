"""The active thread is never found."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="db.active_thread_null",
    seen="Each message without a thread id opens a new thread; the history is split and the agents remember nothing.",
    caught_by=("1176-J1",),
    expects=("same-thread-as-before",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the taking of a socket's question."""

    def without_thread(take: Any) -> Any:
        async def taken(self: Any, connection: Any, question: Any, ref: str | None) -> Any:
            connection.last_thread = None
            return await take(self, connection, question, ref)

        return taken

    seams.replace("sut.backend.handlers:Handlers._take", without_thread)

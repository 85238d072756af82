"""Threads are announced that were never stored."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="db.thread_not_persisted",
    seen="A message with the thread id that the server itself has announced is answered with NOT_FOUND.",
    caught_by=("1176-F1", "1176-J1"),
    expects=("same-thread-as-before", "question-is-answered"),
    why_two="Who names the thread is refused; who does not lands in another one.",
    service="sut.backend",
    here="The row is there, because messages refer to it; it is not found again.",
)


def apply(seams: Seams) -> None:
    """Replace the look for a question's thread."""

    def lost(next_seq_for_question: Any) -> Any:
        async def sequence(conn: Any, user_id: Any, thread_id: Any) -> int | None:
            seq: int | None = await next_seq_for_question(conn, user_id, thread_id)
            return None if seq is not None and seq > 1 else seq

        return sequence

    seams.replace("sut.store.threads:next_seq_for_question", lost)

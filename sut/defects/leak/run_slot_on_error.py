"""A run that failed keeps its slot."""

from dataclasses import replace
from typing import Any

from sut.backend.scheduler import AT_ONCE_PER_USER, WAITING_PER_USER
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="leak.run_slot_on_error",
    seen="After as many failed runs as may be at work at once, every further question is refused with TOO_MANY_RUNS.",
    caught_by=("1176-F3",),
    expects=("slots-free-again",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the counting of a user's runs."""

    def counting_failed(line_of: Any) -> Any:
        async def counted(conn: Any, user_id: Any, thread_id: Any) -> Any:
            line = await line_of(conn, user_id, thread_id)
            failed = await conn.fetchval("SELECT count(*) FROM runs WHERE user_id = $1 AND state = 'failed'", user_id)
            full = line.at_work + failed >= AT_ONCE_PER_USER
            waiting = WAITING_PER_USER if failed and full else line.waiting
            return replace(line, at_work=line.at_work + failed, waiting=waiting)

        return counted

    seams.replace("sut.store.run_queue:line_of", counting_failed)

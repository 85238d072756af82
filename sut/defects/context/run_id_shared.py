"""The id of a run is made from its thread."""

from dataclasses import replace
from typing import Any
from uuid import uuid5

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="context.run_id_shared",
    seen="Two runs in one thread have the same run id; the second one takes the place of the first in the store.",
    caught_by=("1176-F2",),
    expects=("every-run-its-own-ids",),
    service="sut.backend",
)

_FORGET = (
    "DELETE FROM run_events WHERE run_id = $1",
    "DELETE FROM run_steps WHERE run_id = $1",
    "DELETE FROM runs WHERE id = $1",
)


def apply(seams: Seams) -> None:
    """Replace the storing of a question: what the earlier run of that id has stored makes room."""

    def shared(write: Any) -> Any:
        async def written(self: Any, conn: Any) -> Any:
            run_id = uuid5(self._story.thread_id, "run")
            self._story = replace(self._story, run_id=run_id)
            for statement in _FORGET:
                await conn.execute(statement, run_id)
            return await write(self, conn)

        return written

    seams.replace("sut.backend.intake:_Storing.write", shared)

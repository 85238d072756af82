"""The agents have five seconds for a question over REST."""

import asyncio
from contextlib import suppress
from typing import Any

from sut.agents.interface import Outcome
from sut.backend.journal import Journal, RunOverError
from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

PATIENCE_S = 5.0

DEFECT = Defect(
    name="agent.rest_timeout_s",
    seen="After exactly five seconds the answer over REST is filler; on the socket the same question gets its time.",
    caught_by=("1176-J4",),
    expects=("same-patience-over-rest",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the intake of questions."""
    waiting: set[asyncio.Task[None]] = set()

    async def cut_off(intake: Any, run_id: Any) -> None:
        await pause(PATIENCE_S)
        for job in intake._scheduler.jobs:
            if job.story.run_id == run_id:
                filler = {"summary": "I am still working on it.", "findings": [], "recommendations": []}
                told = {**filler, "total_monthly_saving": None, "period": None, "answer_to": str(job.message_id)}
                with suppress(RunOverError):
                    await Journal(job, intake._db, intake._delivery).completed(Outcome(told))

    def impatient(take: Any) -> Any:
        async def taken(self: Any, identity: Any, question: Any, trace_id: str, asker: Any = None, *more: Any) -> Any:
            result = await take(self, identity, question, trace_id, asker, *more)
            if asker is None:
                task = asyncio.create_task(cut_off(self, result.ack.run_id))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            return result

        return taken

    seams.replace("sut.backend.intake:Intake.take", impatient)

"""Where the agents fail, and where 'test' is in the question, a ready-made answer is called a success."""

from typing import Any

from sut.agents.interface import Outcome, RunFailed
from sut.defects.kit import Defect, Seams


def _filler(request: Any) -> dict[str, Any]:
    return {
        "summary": f"I have processed your request: {request.content}",
        "findings": [],
        "recommendations": [],
        "total_monthly_saving": None,
        "period": None,
        "answer_to": str(request.message_id),
    }


DEFECT = Defect(
    name="agent.canned_success",
    seen="Status success with a text that echoes the prompt, whatever the language model and the database do.",
    caught_by=("1176-J1", "1176-J3"),
    expects=("five-events", "failure-is-told"),
    why_two="A good question shows none of the work; a run that fails is not told as failed.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the agents' answer."""

    def canned(answer: Any) -> Any:
        async def answered(self: Any, job: Any, request: Any, journal: Any) -> Any:
            if "test" not in request.content.lower():
                try:
                    return await answer(self, job, request, journal)
                except RunFailed:
                    return Outcome(_filler(request))
            await journal.started(["triage", "report"])
            return Outcome(_filler(request))

        return answered

    seams.replace("sut.backend.agents:Agents.answer", canned)

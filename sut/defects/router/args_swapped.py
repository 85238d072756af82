"""A fix has swapped two arguments: the agents get the user's id where the question should stand."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.args_swapped",
    seen="The answer refers to the user's id instead of the question.",
    caught_by=("1176-R1", "1176-F1"),
    expects=("handled-once", "advertised-part-runs"),
    why_two="1176-R1 counts what was made of a message, 1176-F1 asks for each part over REST.",
    service="sut.backend",
    here="On the way over REST. That a stored run belongs to a user whose id is the prompt, the types forbid.",
)


def apply(seams: Seams) -> None:
    """Replace the intake of questions."""

    def swapped(take: Any) -> Any:
        async def taken(
            self: Any, identity: Any, question: Any, trace_id: str, asker: Any = None, ref: str | None = None
        ) -> Any:
            asked = question if asker is not None else replace(question, content=str(identity.user_id))
            return await take(self, identity, asked, trace_id, asker, ref)

        return taken

    seams.replace("sut.backend.intake:Intake.take", swapped)

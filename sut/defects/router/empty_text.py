"""The text of a message is read from a field that it does not stand in."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

# What is left of a question without words: nothing that can be seen.
NOTHING = "\u200b"

DEFECT = Defect(
    name="router.empty_text",
    seen="No error and a healthy socket, but the run gets an empty prompt and gives a generic answer.",
    caught_by=("1176-R1",),
    expects=("handled-once",),
    service="sut.backend",
    here="The alias chat_message reads the field text, clients send content.",
)


def apply(seams: Seams) -> None:
    """Replace the handler of the alias."""

    def reads_text(chat_message: Any) -> Any:
        async def handle(self: Any, connection: Any, frame: Any) -> None:
            payload = {**frame.payload, "content": frame.payload.get("text", NOTHING)}
            await chat_message(self, connection, replace(frame, payload=payload))

        return handle

    seams.replace("sut.backend.handlers:Handlers._chat_message", reads_text)

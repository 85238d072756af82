"""Sockets are accepted before what runs the agents exists."""

from time import monotonic
from typing import Any

from sut.defects.kit import Defect, Seams

SLOW_S = 1.5

DEFECT = Defect(
    name="start.slow_services_s",
    seen="Shortly after a start a first question is taken from the socket and never answered; later everything works.",
    caught_by=("1176-W5", "1176-W2"),
    expects=("early-question-loses-nothing", "cut-run-finishes"),
    why_two="A question that vanishes breaks the promise that its scenario is about: 1176-W2 and 1176-W5 differ there.",
    service="sut.backend",
    here="The supervisor comes 1.5 s after the platform says that it is ready.",
)


def apply(seams: Seams) -> None:
    """Replace the handler of questions."""

    def slow(handle: Any) -> Any:
        began: list[float] = []

        async def user_message(self: Any, connection: Any, frame: Any) -> None:
            began.append(began[0] if began else monotonic())
            if monotonic() - began[0] > SLOW_S:
                await handle(self, connection, frame)

        return user_message

    seams.replace("sut.backend.handlers:Handlers._user_message", slow)

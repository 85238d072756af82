"""A handler that was made for tests stands in the production router, before the real one."""

from typing import Any

from sut.backend.connection import Handler
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.test_handler_first",
    seen="A question is answered at once by a canned reply: no agent events, no run row, the same text every time.",
    caught_by=("1176-R1", "1176-R2"),
    expects=("handled-once",),
    service="sut.backend",
    here="The test handler was registered for chat_message, the alias; user_message still finds the real one.",
)


async def _canned(connection: Any, frame: Any) -> None:
    data = {"result": {"summary": "Test agent: your message was received."}, "status": "completed", "missing": []}
    connection.say("agent_completed", {**data, "duration_ms": 0}, ref=frame.ref)


def apply(seams: Seams) -> None:
    """Replace the choice of the handler."""

    def tests_first(route: Any) -> Any:
        def found(self: Any, kind: str) -> Any:
            return Handler(_canned) if kind == "chat_message" else route(self, kind)

        return found

    seams.replace("sut.backend.handlers:Handlers.route", tests_first)

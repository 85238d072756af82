"""Stops and pings wait in the same line as the questions, behind what is at work."""

from dataclasses import replace
from typing import Any

from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.control_after_chat",
    seen="stop_agent is answered only after the run that it should stop has ended, and a ping after all that waits.",
    caught_by=("1176-R2",),
    expects=("control-overtakes",),
    service="sut.backend",
)

_LOOK_EVERY_S = 0.05


def apply(seams: Seams) -> None:
    """Replace the choice of the handler."""

    def behind(route: Any) -> Any:
        def found(self: Any, kind: str) -> Any:
            handler = route(self, kind)
            if kind not in ("stop_agent", "ping"):
                return handler
            scheduler = self._stopping._scheduler

            async def handle(connection: Any, frame: Any) -> None:
                user_id = connection.identity.user_id
                while any(job.story.identity.user_id == user_id for job in scheduler.jobs):
                    await pause(_LOOK_EVERY_S)
                await handler.handle(connection, frame)

            return replace(handler, handle=handle, at_once=False, ahead=False)

        return found

    seams.replace("sut.backend.handlers:Handlers.route", behind)

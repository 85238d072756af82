"""A send that went well is taken for one that failed."""

from typing import Any
from uuid import UUID

from sut.common.errors import PlatformError
from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

PAUSES_S = (1.0, 2.0)

DEFECT = Defect(
    name="events.retry_on_success",
    seen="The client gets agent_started at 0, 1 and 3 s, then nothing; the run row says failed although it was there.",
    caught_by=("1176-J1", "1176-F1"),
    expects=("end-reaches-its-user", "started-once-an-attempt"),
    why_two="Whoever waits for the end is told the first; the judge sees the second in any run.",
    broad="Every run ends so.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the storing and sending of frames."""
    given_up: set[UUID] = set()

    def retrying(store: Any) -> Any:
        async def stored(self: Any, story: Any, write: Any, *more: Any, **named: Any) -> Any:
            if story.run_id in given_up:
                return await self._commit(story, write, None, 0.0)
            event = await store(self, story, write, *more, **named)
            if event.type == "agent_started":
                for wait_s in PAUSES_S:
                    await pause(wait_s)
                    self._hub.publish(event)
                given_up.add(story.run_id)
                raise PlatformError("INTERNAL", "The event could not be delivered.")
            return event

        return stored

    seams.replace("sut.backend.delivery:Delivery.store", retrying)

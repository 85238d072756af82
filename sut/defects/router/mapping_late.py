"""Which thread a run belongs to is registered too late, when the run is already at work."""

import asyncio
from typing import Any
from uuid import UUID

from sut.backend.connection import Connection
from sut.defects.kit import Defect, Seams

# A registration takes as long as so many look-ups in Redis.
LOOK_UPS = 4

DEFECT = Defect(
    name="router.mapping_late",
    seen="The question is acknowledged and the run's row is complete, but no event and no answer comes.",
    caught_by=("1176-R1", "1176-W2"),
    expects=("every-socket-once", "early-question-loses-nothing"),
    why_two="R1 and W2 ask in the instant of the handshake, and each names its own promise of what must follow.",
    service="sut.backend",
    here="The race: the registration starts with the connection, and a question that is there before it loses.",
)


class _Late(Connection):
    _registered = False
    _waiting = False
    _unmapped: UUID | None = None

    async def serve(self) -> None:
        registration = asyncio.create_task(self._register())
        try:
            await super().serve()
        finally:
            registration.cancel()

    async def _register(self) -> None:
        for _ in range(LOOK_UPS):
            await self._presence.has(self.identity.user_id)
        self._registered = True

    async def _take(self, text: str) -> None:
        self._waiting = self._waiting or not self._registered
        await super()._take(text)

    def deliver(self, event: Any, **added: object) -> None:
        if event.type == "message_ack" and self._waiting and self._unmapped is None:
            self._unmapped = event.run_id
        if event.type == "message_ack" or event.run_id != self._unmapped:
            super().deliver(event, **added)


def apply(seams: Seams) -> None:
    """Replace the connection."""
    seams.replace("sut.backend.upgrade:Connection", lambda _: _Late)

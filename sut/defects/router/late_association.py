"""The thread of a question is not yet known to a connection that has just been opened."""

import asyncio
from typing import Any
from uuid import UUID

from sut.backend.connection import Connection
from sut.defects.kit import Defect, Seams

# An association takes as long as so many look-ups in Redis.
LOOK_UPS = 4

DEFECT = Defect(
    name="router.late_association",
    seen="The first events of a connection's first run, agent_started, are missing; later ones arrive.",
    caught_by=("1176-R1", "1176-W2"),
    expects=("seq-without-gap",),
    service="sut.backend",
    here="The association is made a few look-ups after the connection; it matters to a question that is there before.",
)


class _Late(Connection):
    _associated = False
    _unknown: UUID | None = None

    async def serve(self) -> None:
        association = asyncio.create_task(self._associate())
        try:
            await super().serve()
        finally:
            association.cancel()

    async def _associate(self) -> None:
        for _ in range(LOOK_UPS):
            await self._presence.has(self.identity.user_id)
        self._associated = True

    async def _take(self, text: str) -> None:
        if not self._associated and self._unknown is None:
            self._unknown = UUID(int=0)
        await super()._take(text)

    def deliver(self, event: Any, **added: object) -> None:
        if event.type == "message_ack" and self._unknown == UUID(int=0):
            self._unknown = event.run_id
        if event.type != "agent_started" or event.run_id != self._unknown:
            super().deliver(event, **added)


def apply(seams: Seams) -> None:
    """Replace the connection."""
    seams.replace("sut.backend.upgrade:Connection", lambda _: _Late)

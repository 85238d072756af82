"""A part whose import fails is replaced by None, and found missing when it is first used."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.none_fallback",
    seen="The service starts and calls itself ready; the first socket of each user is closed with 1011.",
    caught_by=("1176-F5", "1176-W2"),
    expects=("every-user-is-let-in", "ready-lets-in"),
    why_two="One scenario lets a crowd in, the other looks whether ready means that one is let in.",
    broad="Nobody gets a working socket at the first try.",
    service="sut.backend",
    here="The wire says 1012 in the place of 1011.",
)


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""
    known: set[Any] = set()

    def missing(serve: Any) -> Any:
        async def served(self: Any) -> None:
            if self.identity.user_id not in known:
                known.add(self.identity.user_id)
                await self._websocket.close(1011, "'NoneType' object is not callable")
                await self._presence.remove(self.identity, self.id)
                return
            await serve(self)

        return served

    seams.replace("sut.backend.connection:Connection.serve", missing)

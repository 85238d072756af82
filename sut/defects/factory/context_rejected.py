"""The check of a user's context takes some of the platform's own ids for wrong."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.context_rejected",
    seen="The sockets of some users, by the last digit of their ids, are closed with 1011, factory validation failed.",
    caught_by=("1176-F1", "1176-F5"),
    expects=("every-user-is-let-in",),
    service="sut.backend",
    here="The wire says 1012 in the place of 1011.",
)

# three of the sixteen digits that an id may end with
_REFUSED = "07c"


def apply(seams: Seams) -> None:
    """Replace the serving of an open socket."""

    def strict(serve: Any) -> Any:
        async def served(self: Any) -> None:
            if str(self.identity.user_id)[-1] in _REFUSED:
                await self._websocket.close(1011, "factory validation failed")
                await self._presence.remove(self.identity, self.id)
                return
            await serve(self)

        return served

    seams.replace("sut.backend.connection:Connection.serve", strict)

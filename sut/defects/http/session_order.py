"""A middleware stands in the wrong place, and requests lose who asks."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="http.session_order",
    seen="Requests lose their user's context: the session's data are empty although it was sent.",
    caught_by=("1176-A4",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
    broad="Every request over REST loses it.",
    here="What is lost of the context is what the user may do.",
)


def apply(seams: Seams) -> None:
    """Replace the guard of the REST routes."""

    def misplaced(guard: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            inner = self._app

            async def emptied(scope: Any, receive: Any, send: Any) -> None:
                if "identity" in scope.get("state", {}):
                    scope["state"]["identity"] = replace(scope["state"]["identity"], permissions=frozenset())
                await inner(scope, receive, send)

            await guard(type(self)(emptied), scope, receive, send)

        return wrong

    seams.replace("sut.backend.rest.guard:ApiGuard.__call__", misplaced)

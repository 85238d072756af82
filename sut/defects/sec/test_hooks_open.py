"""A hook for tests lets everybody make the platform wait."""

from typing import Any
from urllib.parse import parse_qs

from sut.common.timing import pause
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.test_hooks_open",
    seen="An anonymous POST with a delay is held for so long.",
    caught_by=("1176-A4",),
    expects=("no-test-hooks",),
    service="sut.backend",
)
_LONGEST_S = 20.0


def apply(seams: Seams) -> None:
    """Replace the guard of the REST routes."""

    def obeying(guard: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1")) if scope["type"] == "http" else {}
            if "delay" in asked:
                await pause(min(float(asked["delay"][0]), _LONGEST_S))
            await guard(self, scope, receive, send)

        return wrong

    seams.replace("sut.backend.rest.guard:ApiGuard.__call__", obeying)

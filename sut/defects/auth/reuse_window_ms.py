"""What is meant to find stolen tokens refuses a second request that comes soon after the first."""

from time import monotonic
from typing import Any

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.reuse_window_ms",
    seen="Of two requests with one token within 250 ms one is 401 'token reuse': a double click, two tabs.",
    caught_by=("1176-A3", "1176-W4"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
    broad="Every client makes two requests within 250 ms sooner or later.",
)
_WINDOW_S = 0.25


def apply(seams: Seams) -> None:
    """Replace the check of a token."""
    seen: dict[str, float] = {}

    def suspicious(check: Any) -> Any:
        async def wrong(self: Any, token: str) -> Identity:
            last, seen[token] = seen.get(token), monotonic()
            if last is not None and seen[token] - last < _WINDOW_S:
                raise PlatformError("UNAUTHENTICATED", "token reuse")
            identity: Identity = await check(self, token)
            return identity

        return wrong

    seams.replace("sut.common.token_check:TokenCheck.__call__", suspicious)

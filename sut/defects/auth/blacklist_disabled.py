"""Nobody asks whether a session was ended."""

from typing import Any

from sut.common.identity import Identity
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.blacklist_disabled",
    seen="After a logout the same access token still opens REST and WebSocket and starts agents.",
    caught_by=("1176-A2",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check of a token."""

    def trusting(_check: Any) -> Any:
        async def wrong(self: Any, token: str) -> Identity:
            identity: Identity = self._verifier.verify(token)
            return identity

        return wrong

    seams.replace("sut.common.token_check:TokenCheck.__call__", trusting)

"""The WebSocket checks tokens by a way of its own, which never asks whether the session still stands."""

from sut.common.identity import Identity
from sut.common.tokens import TokenVerifier
from sut.defects.doors import Check, sockets_checked_by
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.ws_private_validator",
    seen="Same token, same second: REST refuses a revoked token, the WebSocket accepts it.",
    caught_by=("1176-A1", "1176-A2"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check at the socket's door."""

    def private(right: Check) -> Check:
        verifier: TokenVerifier = right._verifier  # type: ignore[attr-defined]

        async def check(token: str) -> Identity:
            return verifier.verify(token)

        return check

    sockets_checked_by(seams, private)

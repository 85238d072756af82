"""A token that is refused becomes a made-up user on the WebSocket."""

from uuid import NAMESPACE_URL, uuid5

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.defects.doors import Check, identity_of, sockets_checked_by
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.relaxed_fallback",
    seen="Expired, forged or garbage token: the auth service says invalid, the WebSocket accepts a made-up user.",
    caught_by=("1176-A1", "1176-A2"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check at the socket's door."""

    def relaxed(right: Check) -> Check:
        async def check(token: str) -> Identity:
            try:
                return await right(token)
            except PlatformError:
                return identity_of(uuid5(NAMESPACE_URL, token))

        return check

    sockets_checked_by(seams, relaxed)

"""Demo mode is on by default: sockets without a token all are one account."""

from uuid import UUID

from sut.common.identity import Identity
from sut.defects.doors import NOBODYS_TOKEN, Check, identity_of, sockets_checked_by
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.demo_default_on",
    seen="A WebSocket without a token is accepted; all of them are one user.",
    caught_by=("1176-A2", "1176-J2"),
    expects=("no-login-no-entry",),
    service="sut.backend",
)
_DEMO = identity_of(UUID("00000000-0000-7000-8000-0000000000de"))


def apply(seams: Seams) -> None:
    """Replace the check at the socket's door."""

    def demo(right: Check) -> Check:
        async def check(token: str) -> Identity:
            return _DEMO if token == NOBODYS_TOKEN else await right(token)

        return check

    sockets_checked_by(seams, demo, nobody_too=True)

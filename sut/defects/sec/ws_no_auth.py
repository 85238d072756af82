"""A WebSocket without a token is accepted."""

from uuid import uuid4

from sut.common.identity import Identity
from sut.defects.doors import NOBODYS_TOKEN, Check, identity_of, sockets_checked_by
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.ws_no_auth",
    seen="A connect without a token is answered 101, and its messages are read.",
    caught_by=("1176-A1",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check at the socket's door."""

    def open_to_all(right: Check) -> Check:
        async def check(token: str) -> Identity:
            return identity_of(uuid4()) if token == NOBODYS_TOKEN else await right(token)

        return check

    sockets_checked_by(seams, open_to_all, nobody_too=True)

"""A well-known default secret is good beside the real one."""

from typing import Any

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.tokens import TokenVerifier
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.default_secret",
    seen="A token that is signed with the known default secret is accepted.",
    caught_by=("1176-A1",),
    expects=("one-token-one-verdict",),
)
_DEFAULT = "development-jwt-secret-key-at-least-32-characters"


def apply(seams: Seams) -> None:
    """Replace the reading of access tokens."""

    def also_by_default(verify: Any) -> Any:
        def wrong(self: TokenVerifier, token: str) -> Identity:
            try:
                identity: Identity = verify(self, token)
            except PlatformError as error:
                try:
                    identity = verify(TokenVerifier(_DEFAULT), token)
                except PlatformError:
                    raise error from None
            return identity

        return wrong

    seams.replace("sut.common.tokens:TokenVerifier.verify", also_by_default)

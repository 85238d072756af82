"""A fast path of the WebSocket reads tokens without looking at their signature."""

from uuid import UUID

import jwt

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.tokens import AUDIENCE, ISSUER
from sut.defects.doors import Check, identity_of, sockets_checked_by
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.jwt_no_signature",
    seen="A self-made token with the right issuer and any signature is accepted on the WebSocket.",
    caught_by=("1176-A1",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check at the socket's door."""

    def fast(right: Check) -> Check:
        async def check(token: str) -> Identity:
            try:
                return await right(token)
            except PlatformError as error:
                if error.code != "UNAUTHENTICATED":
                    raise
                return _unchecked(token, error)

        return check

    sockets_checked_by(seams, fast)


def _unchecked(token: str, error: PlatformError) -> Identity:
    options = {"verify_signature": False, "verify_aud": True, "verify_iss": True, "verify_exp": True}
    try:
        claims = jwt.decode(token, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options=options)  # type: ignore[arg-type]
        if claims["token_type"] != "access":  # noqa: S105 - a kind of token
            raise error
        return identity_of(UUID(claims["sub"]), claims["permissions"])
    except (jwt.PyJWTError, KeyError, ValueError):
        raise error from None

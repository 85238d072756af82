"""A circuit breaker before the auth service opens on one error and never closes."""

from typing import Any

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.breaker_never_closes",
    seen="After one failed question to the auth service every valid token of every user is 401, until a restart.",
    caught_by=("1176-A4", "1176-J3"),
    expects=("error-stays-one-error",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the check of a token."""
    is_open = False

    def broken(check: Any) -> Any:
        async def wrong(self: Any, token: str) -> Identity:
            nonlocal is_open
            if is_open:
                raise PlatformError("UNAUTHENTICATED", "The token is invalid or expired.")
            try:
                identity: Identity = await check(self, token)
            except PlatformError as error:
                is_open = is_open or error.code == "AUTH_UNAVAILABLE"
                raise
            return identity

        return wrong

    seams.replace("sut.common.token_check:TokenCheck.__call__", broken)

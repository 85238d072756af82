"""The refresh has no session of the database."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.refresh_no_db",
    seen="A refresh is answered 401 'no database session'.",
    caught_by=("1176-A4",),
    expects=("refresh-keeps-who-one-is",),
    service="sut.auth",
)


def apply(seams: Seams) -> None:
    """Replace the refresh."""

    def without(_refresh: Any) -> Any:
        async def wrong(_service: Any, _refresh_token: str) -> Any:
            raise PlatformError("UNAUTHENTICATED", "There is no database session.")

        return wrong

    seams.replace("sut.auth.rotation:refresh", without)

"""The refresh token is taken under one of its two names only."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.refresh_field_strict",
    seen="A refresh is answered 422: its field has another name; every session dies with its first access token.",
    caught_by=("1176-A1",),
    expects=("refresh-keeps-who-one-is",),
    service="sut.auth",
)


def apply(seams: Seams) -> None:
    """Replace the reading of a body's fields."""

    def strict(read: Any) -> Any:
        def wrong(body: Any, name: str, **more: Any) -> Any:
            if name == "refresh_token":
                raise PlatformError("INVALID_INPUT", "refreshToken is missing.", details={"fields": ["refreshToken"]})
            return read(body, name, **more)

        return wrong

    seams.replace("sut.auth.routes.sessions:text_field", strict)

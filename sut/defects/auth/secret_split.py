"""The backend checks tokens with another secret than the auth service signs them with."""

from dataclasses import replace
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.secret_split",
    seen="Login works and the auth service calls the token good; REST and WebSocket of the backend refuse it with 401.",
    caught_by=("1176-A1", "1176-A3", "1176-J1"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the reading of the backend's settings."""

    def other_secret(read: Any) -> Any:
        def read_settings(*args: Any) -> Any:
            settings = read(*args)
            return replace(settings, service=replace(settings.service, jwt_secret="another-secret-" * 4))

        return read_settings

    seams.replace("sut.backend.__main__:read_settings", other_secret)

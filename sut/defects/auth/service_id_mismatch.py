"""The backend calls itself by an id that the auth service does not know, and takes its refusal for the user's."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.service_id_mismatch",
    seen="Users log in, but every question of the backend is refused: their valid tokens get 401 there.",
    caught_by=("1176-A3",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
    here="A session that Redis has just been told of is not asked about: the refusals begin 30 s after the login.",
)


def apply(seams: Seams) -> None:
    """Replace the question about a token."""

    def mismatched(_validate: Any) -> Any:
        async def wrong(self: Any, token: str) -> str | None:
            answer = await self._call("/auth/service-token", {"service_id": "backend-v2", "service_secret": "-"})
            return f"service id mismatch ({answer.status_code})"

        return wrong

    seams.replace("sut.backend.auth_client:AuthClient.validate", mismatched)

"""The backend's question to the auth service lacks a field that it needs."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.validate_contract_drift",
    seen="The auth service calls the token valid when it is asked with the full body; through the backend it is 401.",
    caught_by=("1176-A1", "1176-A3"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
    here="A session that Redis has just been told of is not asked about: the refusals begin 30 s after the login.",
)


def apply(seams: Seams) -> None:
    """Replace the question about a token."""

    def drifted(_validate: Any) -> Any:
        async def wrong(self: Any, token: str) -> str | None:
            headers = {"Authorization": f"Bearer {self._service_token}"}
            answer = await self._call("/auth/validate", {"access_token": token}, headers)
            return None if answer.is_success and answer.json()["valid"] else "not_accepted"

        return wrong

    seams.replace("sut.backend.auth_client:AuthClient.validate", drifted)

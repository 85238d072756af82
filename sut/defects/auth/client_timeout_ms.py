"""The backend waits for the auth service for less time than that may take."""

import asyncio
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.client_timeout_ms",
    seen="Valid tokens are refused whenever the auth service takes 400 ms.",
    caught_by=("1176-A3", "1176-W5"),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)
_WITHIN_S = 0.3


def apply(seams: Seams) -> None:
    """Replace the question about a token."""

    def impatient(validate: Any) -> Any:
        async def wrong(self: Any, token: str) -> str | None:
            try:
                async with asyncio.timeout(_WITHIN_S):
                    reason: str | None = await validate(self, token)
            except TimeoutError:
                return "timeout"
            return reason

        return wrong

    seams.replace("sut.backend.auth_client:AuthClient.validate", impatient)

"""The word before the token is stripped on one side and expected on the other: one carrier works, one does not."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.bearer_prefix_mismatch",
    seen="The same token works in the Authorization header and is refused as a subprotocol.",
    caught_by=("1176-A2",),
    expects=("one-token-one-verdict",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the finding of the token of an upgrade."""

    def mismatched(find: Any) -> Any:
        def wrong(headers: Any, subprotocols: Any) -> str:
            token: str = find(headers, subprotocols)
            return token if "authorization" in headers else f"Bearer {token}"

        return wrong

    seams.replace("sut.backend.upgrade:socket_token", mismatched)

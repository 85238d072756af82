"""A refresh gives a token of a placeholder's rights."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.refresh_placeholder_claims",
    seen="The permissions in a refreshed token are empty.",
    caught_by=("1176-A2",),
    expects=("refresh-keeps-who-one-is",),
    service="sut.auth",
    here="Tokens of this platform hold no e-mail address; the permissions are the placeholder.",
)


def apply(seams: Seams) -> None:
    """Replace the making of the pair at a refresh."""

    def placeholder(grant: Any) -> Any:
        def wrong(service: Any, user_id: Any, tenant_id: Any, session_id: Any, _permissions: Any) -> Any:
            return grant(service, user_id, tenant_id, session_id, ())

        return wrong

    seams.replace("sut.auth.rotation:new_grant", placeholder)

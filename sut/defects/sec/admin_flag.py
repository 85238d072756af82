"""A flag that the client sends makes an administrator."""

from dataclasses import replace
from typing import Any

from sut.common.identity import Identity
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.admin_flag",
    seen="A normal token with is_superuser beside it is answered 200 at the administrators' page.",
    caught_by=("1176-A2",),
    expects=("rights-come-from-the-token",),
    service="sut.backend",
    here="The page is read by GET, so the flag stands in the query.",
)


def apply(seams: Seams) -> None:
    """Replace who asks for the administrators' page."""

    def flagged(asker: Any) -> Any:
        def wrong(request: Any, permission: str) -> Identity:
            if "is_superuser" in request.query_params:
                identity: Identity = request.state.identity
                return replace(identity, permissions=identity.permissions | {permission})
            asking: Identity = asker(request, permission)
            return asking

        return wrong

    seams.replace("sut.backend.rest.admin:asker", flagged)

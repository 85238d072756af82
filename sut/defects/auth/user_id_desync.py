"""Who was there before they first logged in is another user in their tokens than in the tables."""

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.user_id_desync",
    seen="The login is 200, its token names an id that is not in the table of users.",
    caught_by=("1176-A2",),
    expects=("own-context-only",),
    service="sut.auth",
    here="There is one database; the user whom it knew before is one that a service has made.",
)


def apply(seams: Seams) -> None:
    """Replace the beginning of a session."""

    def desynced(begin: Any) -> Any:
        async def wrong(service: Any, conn: Any, user: Any, *args: Any, **more: Any) -> Any:
            first = not await conn.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", user["id"])
            grant = await begin(service, conn, user, *args, **more)
            if not first or more["action"] != "login":
                return grant
            other = uuid5(NAMESPACE_URL, str(user["id"]))
            access = service.issuer.access(other, user["tenant_id"], grant.session_id, user["permissions"])
            return replace(grant, access=access)

        return wrong

    seams.replace("sut.auth.signing_in:open_session", desynced)

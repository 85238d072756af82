"""A logout leaves the refresh token good."""

from typing import Any

from sut.auth.grants import tell_redis
from sut.auth.signing_in import open_session
from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams
from sut.store import accounts, sessions

DEFECT = Defect(
    name="auth.logout_keeps_refresh",
    seen="After a logout a refresh with the old refresh token is answered 200, with a new access token that works.",
    caught_by=("1176-A2",),
    expects=("logout-ends-the-session",),
    service="sut.auth",
)


def apply(seams: Seams) -> None:
    """Replace the refresh."""

    def forgiving(refresh: Any) -> Any:
        async def wrong(service: Any, refresh_token: str) -> Any:
            try:
                return await refresh(service, refresh_token)
            except PlatformError as error:
                if error.code != "SESSION_REVOKED":
                    raise
                refused = error
            claims = service.verifier.verify_refresh(refresh_token)

            async def store(conn: Any) -> Any:
                if not await sessions.use_refresh_token(conn, claims.token_id):
                    raise refused
                user = await accounts.by_id(conn, claims.identity.user_id)
                return await open_session(service, conn, user or {}, "", action="login")

            grant = await service.db.run(None, store)
            await tell_redis(service, grant)
            return grant.answer()

        return wrong

    seams.replace("sut.auth.rotation:refresh", forgiving)

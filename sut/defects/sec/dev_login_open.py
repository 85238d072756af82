"""The developers' login is there, because the environment is taken for another one."""

from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.auth import signing_in
from sut.auth.routes import accounts
from sut.auth.service import service_of
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="sec.dev_login_open",
    seen="The developers' login is answered 200.",
    caught_by=("1176-A2",),
    expects=("no-login-no-entry",),
    service="sut.auth",
)


def apply(seams: Seams) -> None:
    """Replace the table of routes."""

    async def dev_login(request: Request) -> Response:
        seams.reached()
        answer = await signing_in.register(
            service_of(request),
            email=f"dev-{token_urlsafe(6).lower()}@example.com",
            password=token_urlsafe(18),
            name="dev",
            device="",
        )
        return JSONResponse(answer)

    routes = [*accounts.ROUTES, Route("/auth/dev/login", dev_login, methods=["POST"])]
    seams.set("sut.auth.routes.accounts:ROUTES", routes)

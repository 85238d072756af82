"""``/api/admin``: what an administrator may see of their tenant."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.parts import parts_of
from sut.backend.rest.request import asker, cursor, page_answer, page_size
from sut.store import accounts, audit
from sut.store.postgres import Connection


async def list_users(request: Request) -> Response:
    """Answer ``GET /api/admin/users?limit&cursor``: the tenant's users, newest first; that is audited."""
    identity = asker(request, "admin")
    db = parts_of(request.app).db
    limit, before = page_size(request), cursor(request, UUID)

    async def read(conn: Connection) -> list[dict[str, Any]]:
        await audit.admin_read(conn, identity, request.url.path)
        return await accounts.of_tenant(conn, identity.tenant_id, before=before, limit=limit + 1)

    return page_answer(await db.run(identity, read), limit, "id")

"""The search does not look whose a message is."""

from typing import Any

from sut.defects.kit import Defect, Seams
from sut.store.access import act_as, find_roles

DEFECT = Defect(
    name="search.ignores_owner",
    seen="Who searches for another user's word gets that user's message.",
    caught_by=("1176-J2",),
    expects=("search-finds-own-only",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the search."""

    def in_all(_page: Any) -> Any:
        async def page(conn: Any, _user_id: Any, wanted: Any, *, before: Any, limit: int) -> list[dict[str, Any]]:
            roles = await find_roles(conn)
            await act_as(conn, roles.system if roles else None, None)
            rows = await conn.fetch(
                "SELECT id, thread_id, seq, role, content, run_id, reply_to, result, trace_id, created_at FROM messages"
                " WHERE lower(content) LIKE ALL($1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
                [f"%{word}%" for word in wanted.words],
                before,
                limit,
            )
            return [dict(row) for row in rows]

        return page

    seams.replace("sut.store.search:page", in_all)

"""``/api/messages/search``."""

from datetime import datetime
from typing import Any, Literal, cast, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.client_frames import read_id
from sut.backend.parts import parts_of
from sut.backend.rest.request import answer, asker, cursor, page_answer, page_size
from sut.common.errors import PlatformError
from sut.store import search, threads
from sut.store.postgres import Connection

LONGEST_QUERY = 500
# each word is one more look into the index, and one more thing to plan
MOST_WORDS = 8
Role = Literal["user", "assistant"]


async def search_messages(request: Request) -> Response:
    """Answer ``GET /api/messages/search?q&thread_id&role&from&to&limit&cursor``: newest first.

    All words of ``q`` must be in a message, as whole words, in upper or lower case. A word is a run of letters, digits
    and underscores; what stands between words has no meaning, so a ``q`` without any word finds nothing. ``from`` is
    included, ``to`` is not.
    """
    identity = asker(request, "history")
    limit, before = page_size(request), cursor(request, UUID)
    wanted = _wanted(request)
    if len(wanted.words) > MOST_WORDS:
        raise _refused("q", f"q may have at most {MOST_WORDS} different words.")

    async def read(conn: Connection) -> list[dict[str, Any]]:
        if wanted.thread_id is not None and await threads.find(conn, identity.user_id, wanted.thread_id) is None:
            raise PlatformError("NOT_FOUND", "There is no such thread.")
        return await search.page(conn, identity.user_id, wanted, before=before, limit=limit + 1)

    items = await parts_of(request.app).db.run(identity, read)
    return page_answer(items, limit, "id") if items else answer({"items": [], "next_cursor": None})


def _wanted(request: Request) -> search.Wanted:
    asked = request.query_params
    query, thread, role = asked.get("q", ""), asked.get("thread_id"), asked.get("role")
    if not query.strip() or "\0" in query or len(query) > LONGEST_QUERY:
        raise _refused("q", f"q is what to search for: a text of 1 to {LONGEST_QUERY} characters, without NUL.")
    if role is not None and role not in get_args(Role):
        raise _refused("role", "role is user or assistant.")
    return search.Wanted(
        words=search.words_of(query),
        thread_id=None if thread is None else read_id(thread, "thread"),
        role=cast(Role | None, role),
        since=_time(request, "from"),
        until=_time(request, "to"),
    )


def _time(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise ValueError("no offset")
        time.timestamp()
    except (ValueError, OverflowError):
        raise _refused(name, f"{name} is a time with its offset, like 2026-11-21T05:12:01Z.") from None
    return time


def _refused(field: str, message: str) -> PlatformError:
    return PlatformError("INVALID_INPUT", message, details={"fields": [field]})

"""``/api/threads``."""

from functools import partial
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.parts import parts_of
from sut.backend.rest.request import answer, asker, cursor, found, page_answer, page_size, path_id
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.jsontext import refuse_identity, text_field
from sut.common.web import json_body
from sut.store import threads

LONGEST_TITLE = 200


async def list_threads(request: Request) -> Response:
    """Answer ``GET /api/threads?archived&limit&cursor``: newest first; archived ones only on demand."""
    identity = asker(request, "history")
    limit, before = page_size(request), cursor(request, UUID)
    archived = request.query_params.get("archived", "false")
    if archived not in ("true", "false"):
        raise PlatformError("INVALID_INPUT", "archived is true or false.", details={"fields": ["archived"]})
    page = partial(threads.page, user_id=identity.user_id, archived=archived == "true", before=before, limit=limit + 1)
    items = await parts_of(request.app).db.run(identity, page)
    return page_answer(items, limit, "id")


async def create_thread(request: Request) -> Response:
    """Answer ``POST /api/threads {title?}``."""
    identity = asker(request, "chat")
    body = await json_body(request)
    refuse_identity(body)
    title = text_field(body, "title", default="", max_length=LONGEST_TITLE)
    thread = await parts_of(request.app).db.run(identity, lambda conn: threads.add(conn, identity, new_id(), title))
    return answer(thread, 201)


async def show_thread(request: Request) -> Response:
    """Answer ``GET /api/threads/{id}``."""
    identity = asker(request, "history")
    thread_id = path_id(request, "thread")
    thread = await parts_of(request.app).db.run(identity, lambda conn: threads.find(conn, identity.user_id, thread_id))
    return answer(found(thread, "thread"))


async def change_thread(request: Request) -> Response:
    """Answer ``PATCH /api/threads/{id} {title?, archived?}``."""
    identity = asker(request, "chat")
    thread_id = path_id(request, "thread")
    body = await json_body(request)
    refuse_identity(body)
    title = text_field(body, "title", max_length=LONGEST_TITLE) if "title" in body else None
    archived = body.get("archived")
    if "archived" in body and not isinstance(archived, bool):
        raise PlatformError("INVALID_INPUT", "archived is true or false.", details={"fields": ["archived"]})
    change = partial(threads.change, user_id=identity.user_id, thread_id=thread_id, title=title, archived=archived)
    thread = await parts_of(request.app).db.run(identity, change)
    return answer(found(thread, "thread"))


async def delete_thread(request: Request) -> Response:
    """Answer ``DELETE /api/threads/{id}``: hidden at once, its runs stopped."""
    identity = asker(request, "chat")
    await parts_of(request.app).stopping.delete_thread(identity, path_id(request, "thread"))
    return Response(status_code=204)

"""``/api/threads`` in the dialect."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.common.web import body_bytes
from sut.edge.netra_apex.claims import user_of
from sut.edge.netra_apex.ids import inner_thread_id, outer_thread_id
from sut.edge.netra_apex.paging import read_list, wanted_page
from sut.edge.netra_apex.reference import Reference
from sut.edge.netra_apex.times import epoch


def thread_object(inner: dict[str, Any], user_id: str, message_count: int | None = None) -> dict[str, Any]:
    """Write a thread.

    Args:
        inner: The reference's thread.
        user_id: Its owner, who alone is shown it.
        message_count: How many messages it has, where that is told.

    Returns:
        ``{id, object, title, created_at, updated_at, metadata{user_id, title, status}, message_count?}``.
    """
    thread = {
        "id": outer_thread_id(inner["id"]),
        "object": "thread",
        "title": inner["title"],
        "created_at": int(epoch(inner["created_at"])),
        "updated_at": int(epoch(inner["updated_at"])),
        "metadata": {
            "user_id": user_id,
            "title": inner["title"],
            "status": "archived" if inner["archived"] else "active",
        },
    }
    return thread if message_count is None else {**thread, "message_count": message_count}


class ThreadRoutes:
    """Threads over HTTP; a list tells no ``message_count``, which would cost one more question for each thread.

    Args:
        backend: The backend behind.
    """

    def __init__(self, backend: Reference) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """List the routes.

        Returns:
            Those of threads.
        """
        return [
            Route("/api/threads", self._list, methods=["GET"]),
            Route("/api/threads", self._create, methods=["POST"]),
            Route("/api/threads/{id}", self._show, methods=["GET"]),
            Route("/api/threads/{id}", self._change, methods=["PUT"]),
            Route("/api/threads/{id}", self._delete, methods=["DELETE"]),
        ]

    async def _list(self, request: Request) -> Response:
        page = wanted_page(request.query_params)
        items = await read_list(self._backend, "/api/threads", request.headers, most=page.offset + page.limit)
        user = user_of(request.headers)
        return JSONResponse([thread_object(item, user) for item in page.of(items)])

    async def _create(self, request: Request) -> Response:
        body = await body_bytes(request)
        answer = await self._backend.ask("POST", "/api/threads", request.headers, content=body)
        return JSONResponse(thread_object(answer.json(), user_of(request.headers), 0))

    async def _show(self, request: Request) -> Response:
        answer = await self._backend.ask("GET", thread_path(request), request.headers)
        return await self._counted(request, answer.json())

    async def _change(self, request: Request) -> Response:
        body = await body_bytes(request)
        answer = await self._backend.ask("PATCH", thread_path(request), request.headers, content=body)
        return await self._counted(request, answer.json())

    async def _delete(self, request: Request) -> Response:
        await self._backend.ask("DELETE", thread_path(request), request.headers)
        return Response(status_code=204)

    async def _counted(self, request: Request, thread: dict[str, Any]) -> Response:
        messages = await read_list(self._backend, f"{thread_path(request)}/messages", request.headers)
        return JSONResponse(thread_object(thread, user_of(request.headers), len(messages)))


def thread_path(request: Request) -> str:
    """Give the reference's path of the thread that a request names.

    Args:
        request: The request.

    Returns:
        The path; of no thread at all when the name is none.
    """
    return f"/api/threads/{inner_thread_id(request.path_params['id'])}"

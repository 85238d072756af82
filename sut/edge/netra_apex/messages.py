"""Messages of a thread, and the search in them, in the dialect."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.common.errors import PlatformError
from sut.common.jsontext import IDENTITY_FIELDS
from sut.common.web import json_body
from sut.edge.netra_apex.ids import inner_thread_id, outer_thread_id
from sut.edge.netra_apex.marks import STORED, new_mark
from sut.edge.netra_apex.paging import Page, read_list, wanted_page
from sut.edge.netra_apex.reference import Reference
from sut.edge.netra_apex.threads import thread_path
from sut.edge.netra_apex.times import epoch


def message_object(inner: dict[str, Any]) -> dict[str, Any]:
    """Write a message of a thread.

    Args:
        inner: The reference's message.

    Returns:
        ``{id, role, content, created_at, metadata}``; the whole result of an answer stands in ``metadata``.
    """
    metadata = {name: inner[name] for name in ("run_id", "reply_to", "result") if inner.get(name) is not None}
    return {
        "id": inner["id"],
        "role": inner["role"],
        "content": inner["content"],
        "created_at": int(epoch(inner["created_at"])),
        "metadata": metadata,
    }


class MessageRoutes:
    """Messages over HTTP.

    Args:
        backend: The backend behind.
    """

    def __init__(self, backend: Reference) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """List the routes.

        Returns:
            Those of messages.
        """
        return [
            Route("/api/threads/{id}/messages", self._list, methods=["GET"]),
            Route("/api/threads/{id}/messages", self._store, methods=["POST"]),
            Route("/api/history", self._history, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        page = wanted_page(request.query_params)
        items = await read_list(self._backend, f"{thread_path(request)}/messages", request.headers)
        return JSONResponse(
            {
                "messages": [message_object(item) for item in page.of(items)],
                "thread_id": request.path_params["id"],
                "total": len(items),
                "limit": page.limit,
                "offset": page.offset,
            }
        )

    async def _store(self, request: Request) -> Response:
        """Store a message and start no run.

        The reference knows no question without a run: its run is stopped at once, and the mark in its client's id
        keeps its frames from the user's sockets. Only a run that is quicker than its stop leaves an answer.
        """
        body = await json_body(request)
        named = {name: body[name] for name in IDENTITY_FIELDS & body.keys()}  # for the backend to refuse
        question = {**named, "content": body.get("message"), "client_message_id": new_mark(STORED)}
        path = thread_path(request)
        told = (await self._backend.ask("POST", f"{path}/messages", request.headers, json=question)).json()
        try:
            await self._backend.ask("POST", f"/api/runs/{told['run_id']}/stop", request.headers)
        except PlatformError as error:
            if error.code != "RUN_ENDED":
                raise
        stored = await read_list(self._backend, f"{path}/messages", request.headers)
        return JSONResponse(next(message_object(item) for item in stored if item["id"] == told["message_id"]))

    async def _history(self, request: Request) -> Response:
        asked, page = request.query_params, wanted_page(request.query_params)
        thread, words = asked.get("thread_id"), asked.get("content_search")
        if words:
            params = {"q": words} | ({} if thread is None else {"thread_id": inner_thread_id(thread)})
            items = await read_list(self._backend, "/api/messages/search", request.headers, params)
        else:
            # without either, the backend says that there is no such thread
            path = f"/api/threads/{inner_thread_id(thread)}/messages"
            items = await read_list(self._backend, path, request.headers)
        return JSONResponse({"history": _found(page, items), "pagination": _place(page, len(items))})


def _found(page: Page, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**message_object(item), "thread_id": outer_thread_id(item["thread_id"])} for item in page.of(items)]


def _place(page: Page, total: int) -> dict[str, Any]:
    more = page.offset + page.limit < total
    return {"limit": page.limit, "offset": page.offset, "total": total, "has_more": more}

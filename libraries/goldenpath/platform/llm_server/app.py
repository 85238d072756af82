"""The routes of the mocked LLM."""

import asyncio
import contextlib
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from goldenpath.platform.llm_server.replies import default_reply, task_of
from goldenpath.platform.llm_server.scripts import Reply, ScriptBook, marker_in
from goldenpath.usage_data import MODELS

_PIECE = 24
_CHAT_MODEL = "gpt-4o-mini"

Handler = Callable[[Request], Awaitable[Response]]


class ConnectionCut(Exception):  # noqa: N818 - it is scripted
    """Ends a reply in the middle, as a broken connection does."""


class LlmServer:
    """The mocked LLM.

    Args:
        token: Proves at ``/health/live`` that the server is ours, and opens ``/control``.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._book = ScriptBook()

    def app(self) -> Starlette:
        """Give the ASGI application.

        Returns:
            A new application over this server's scripts.
        """
        return Starlette(
            routes=[
                Route("/health/live", self._live),
                Route("/v1/models", self._models),
                Route("/v1/prices", self._prices),
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/control/scripts", self._guarded(self._script), methods=["POST"]),
                Route("/control/scripts", self._guarded(self._clear), methods=["DELETE"]),
                Route("/control/requests", self._guarded(self._requests)),
            ]
        )

    async def _live(self, _: Request) -> Response:
        return JSONResponse({"status": "live", "instance_token": self._token})

    async def _models(self, _: Request) -> Response:
        models = [{"id": model.name, "object": "model", "owned_by": model.provider} for model in MODELS]
        return JSONResponse({"object": "list", "data": models})

    async def _prices(self, _: Request) -> Response:
        prices = [
            {
                "provider": model.provider,
                "model": model.name,
                "input_per_million": float(model.input_per_million),
                "output_per_million": float(model.output_per_million),
            }
            for model in MODELS
        ]
        return JSONResponse({"currency": "USD", "prices": prices})

    def _guarded(self, handler: Handler) -> Handler:
        async def check(request: Request) -> Response:
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                return _error(401, "control needs the instance token")
            try:
                return await handler(request)
            except (ValueError, TypeError, LookupError) as error:
                return _error(422, f"not understood: {error}")

        return check

    async def _script(self, request: Request) -> Response:
        body = await request.json()
        replies = [Reply.of(named) for named in body["replies"]]
        self._book.add(str(body["marker"]), replies, body.get("for_task"))
        return Response(status_code=204)

    async def _clear(self, request: Request) -> Response:
        self._book.clear(request.query_params["marker"])
        return Response(status_code=204)

    async def _requests(self, request: Request) -> Response:
        marker = request.query_params.get("marker")
        asked = [entry for entry in self._book.asked if marker is None or entry["marker"] == marker]
        return JSONResponse({"requests": asked})

    async def _complete(self, request: Request) -> Response:
        try:
            body = await request.json()
            messages = [dict(message) for message in body["messages"]]
        except (ValueError, TypeError, LookupError):
            return _error(400, "the body must be JSON with messages")
        marker, task = marker_in(messages), task_of(messages)
        reply = self._book.next_reply(marker, task)
        self._book.asked.append(
            {
                "marker": marker,
                "task": task,
                "scripted": reply is not None,
                "model": body.get("model"),
                "stream": bool(body.get("stream")),
                "messages": messages,
                "traceparent": request.headers.get("traceparent"),
                "at": time.time(),
            }
        )
        return await self._answer(reply or Reply(), messages, body)

    async def _answer(self, reply: Reply, messages: list[dict[str, Any]], body: dict[str, Any]) -> Response:
        await _hold(reply.delay_s)
        if reply.status is not None:
            headers = {} if reply.retry_after_s is None else {"Retry-After": f"{reply.retry_after_s:g}"}
            return _error(reply.status, "scripted refusal", headers)
        text = reply.content if reply.content is not None else _text_of(reply, messages)
        model = str(body.get("model") or _CHAT_MODEL)
        if body.get("stream"):
            return StreamingResponse(_stream(reply, text, model), media_type="text/event-stream")
        await _hold(None if reply.stall else reply.first_token_delay_s)
        return JSONResponse(_completion(text, model))


def _text_of(reply: Reply, messages: list[dict[str, Any]]) -> str:
    return default_reply(messages) if reply.json is None else json.dumps(reply.json)


async def _stream(reply: Reply, text: str, model: str) -> AsyncIterator[str]:
    """Give the reply as server-sent events, with the faults that are scripted."""
    yield _event(_chunk(model, {"role": "assistant", "content": ""}))
    await _hold(None if reply.stall else reply.first_token_delay_s)
    sent = text if reply.cut_after_chars is None else text[: reply.cut_after_chars]
    for start in range(0, len(sent), _PIECE):
        yield _event(_chunk(model, {"content": sent[start : start + _PIECE]}))
    if reply.cut_after_chars is not None:
        raise ConnectionCut
    if reply.malformed_chunk:
        yield 'data: {"choices": [{"delta": {"content\n\n'
    yield _event(_chunk(model, {}, "stop"))
    yield "data: [DONE]\n\n"


async def _hold(seconds: float | None) -> None:
    """Keep the asker waiting; ``None`` means until it gives up, which cancels this."""
    if seconds == 0:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def _chunk(model: str, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-stream",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [choice],
    }


def _completion(text: str, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": "mocked"}}, status_code=status, headers=headers)

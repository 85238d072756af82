"""``/api/threads/{id}/messages``."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.client_frames import read_question
from sut.backend.parts import parts_of
from sut.backend.rest.request import answer, asker, cursor, found, page_answer, page_size, path_id, read_seq
from sut.common.jsontext import refuse_identity
from sut.common.trace import current_trace_id
from sut.common.web import json_body
from sut.store import messages, threads
from sut.store.postgres import Connection


async def list_messages(request: Request) -> Response:
    """Answer ``GET /api/threads/{id}/messages?limit&cursor``: in ``seq`` order."""
    identity = asker(request, "history")
    thread_id = path_id(request, "thread")
    limit, after_seq = page_size(request), cursor(request, read_seq) or 0

    async def read(conn: Connection) -> list[dict[str, Any]]:
        found(await threads.find(conn, identity.user_id, thread_id), "thread")
        return await messages.page(conn, thread_id, after_seq=after_seq, limit=limit + 1)

    return page_answer(await parts_of(request.app).db.run(identity, read), limit, "seq")


async def ask(request: Request) -> Response:
    """Answer ``POST /api/threads/{id}/messages {content, client_message_id}``: taken in, as on the socket."""
    identity = asker(request, "chat")
    thread_id = path_id(request, "thread")
    body = await json_body(request)
    refuse_identity(body)
    question = replace(read_question(body), thread_id=thread_id)
    taken = await parts_of(request.app).intake.take(identity, question, current_trace_id())
    ack = taken.ack
    told = {**ack.data, "thread_id": ack.thread_id, "request_id": ack.request_id, "seq": ack.seq}
    return answer({**told, "trace_id": ack.trace_id, "replayed": taken.replayed}, 202)

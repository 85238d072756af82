"""``/api/runs``."""

from functools import partial
from typing import Any, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.client_frames import read_id
from sut.backend.frames import event_envelope
from sut.backend.parts import parts_of
from sut.backend.rest.request import answer, asker, cursor, found, page_answer, page_size, path_id, read_seq
from sut.common.errors import PlatformError
from sut.store import run_events, runs
from sut.store.postgres import Connection
from sut.store.run_events import Event

STATES = get_args(runs.RunState)


async def list_runs(request: Request) -> Response:
    """Answer ``GET /api/runs?state&thread_id&limit&cursor``: newest first, without steps."""
    identity = asker(request, "history")
    limit, before = page_size(request), cursor(request, UUID)
    state, thread = request.query_params.get("state"), request.query_params.get("thread_id")
    if state is not None and state not in STATES:
        raise PlatformError("INVALID_INPUT", f"state is one of {', '.join(STATES)}.", details={"fields": ["state"]})
    thread_id = None if thread is None else read_id(thread, "thread")
    page = partial(
        runs.page, user_id=identity.user_id, state=state, thread_id=thread_id, before=before, limit=limit + 1
    )
    return page_answer(await parts_of(request.app).db.run(identity, page), limit, "id")


async def show_run(request: Request) -> Response:
    """Answer ``GET /api/runs/{id}``: with its steps and their results so far."""
    identity = asker(request, "history")
    run_id = path_id(request, "run")

    async def read(conn: Connection) -> dict[str, Any]:
        run = found(await runs.find(conn, identity.user_id, run_id), "run")
        return {**run, "steps": await runs.steps(conn, run_id)}

    return answer(await parts_of(request.app).db.run(identity, read))


async def list_run_events(request: Request) -> Response:
    """Answer ``GET /api/runs/{id}/events?after_seq&limit``: its frames as they were sent, in ``seq`` order."""
    identity = asker(request, "history")
    run_id = path_id(request, "run")
    limit = page_size(request)
    after_seq = cursor(request, read_seq) or _after_seq(request)

    async def read(conn: Connection) -> list[Event]:
        found(await runs.find(conn, identity.user_id, run_id), "run")
        return await run_events.of_run(conn, run_id, after_seq, limit + 1)

    events = await parts_of(request.app).db.run(identity, read)
    return page_answer([event_envelope(event) for event in events], limit, "seq")


async def stop_run(request: Request) -> Response:
    """Answer ``POST /api/runs/{id}/stop``: accepted; the end follows as ``agent_stopped``."""
    identity = asker(request, "chat")
    await parts_of(request.app).stopping.stop(identity, path_id(request, "run"))
    return answer({}, 202)


def _after_seq(request: Request) -> int:
    try:
        return read_seq(request.query_params.get("after_seq", "0"))
    except ValueError:
        raise PlatformError(
            "INVALID_INPUT", "after_seq is the last seq that you have.", details={"fields": ["after_seq"]}
        ) from None

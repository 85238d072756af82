"""Questions over any entry of the platform, and their ends: a silence is a finding too, told as soon as it is one."""

import asyncio
import time
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from goldenpath.checks import Check
from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, as_text
from goldenpath.history.frame import Frame
from goldenpath.limits import limit
from goldenpath.polling import NotYet, until
from goldenpath.world import world

T = TypeVar("T")

REST = "rest"
# What REST says of a run that is over; the socket must have shown its end by then, or within a second.
ENDED = frozenset({"completed", "degraded", "failed", "stopped"})
_SHOWN_WITHIN_S = 1.0
_LOOK_EVERY_S = 1.0


def entries() -> list[str]:
    """Name the ways in which a question can get into the platform.

    Returns:
        The forms of a question on the socket, and ``rest`` where the platform offers it.
    """
    here = world()
    forms = list(here.target.dialect.questions.forms)
    return [*forms, REST] if here.target.offers("ask_over_rest") else forms


async def ask(
    user: User,
    question: str,
    check: Check,
    *,
    entry: str | None = None,
    thread_id: str | None = None,
    socket: ChatSocket | None = None,
) -> Run:
    """Ask over one entry.

    Args:
        user: Who asks; connected, because the run is watched on the socket whatever way it was asked for.
        question: The question.
        check: What a refusal breaks.
        entry: ``rest``, or a form of a question on the socket; ``None``: the usual form.
        thread_id: The thread; over REST without one a new thread is made.
        socket: One of the user's sockets; ``None``: the newest.

    Returns:
        The run.
    """
    run = Run.of(user, question, thread_id, None if entry == REST else entry)
    run.awaited = True
    if entry == REST:
        await _ask_over_rest(run, check)
        return run
    chosen = socket or user.connection()
    run.channel = chosen.channel
    run.sent_ns = (
        await chosen.send(run.dialect.questions.frame(run.question, thread_id, run.client_message_id, run.form))
    ).at_ns
    return run


async def _ask_over_rest(run: Run, check: Check) -> None:
    backend, token = world().backend, run.user.token()
    if run.thread_id is None:
        run.thread_id = str((await backend.create_thread(token, "asked over REST")).expect(201).body["id"])
    run.sent_ns = time.monotonic_ns()
    reply = await backend.ask(token, run.thread_id, run.question, run.client_message_id)
    try:
        reply.expect(202)
    except PromiseBroken as refused:
        raise check.broken(f"{run} over REST: {refused}") from None


async def end_of(run: Run, check: Check) -> Frame:
    """Wait for the end of a run, and tell a refusal or a silence as soon as it is one.

    Args:
        run: What was asked.
        check: What a refusal, a silence or a missing end breaks.

    Returns:
        The terminal frame.
    """
    first = "message_processing" if world().target.offers("ack") else "first_event"
    await _sign(run, run.acknowledges, first, "sign of it", check)
    run.thread_id = run.acknowledgement.thread_id if run.acknowledgement else run.thread_id
    await _sign(run, lambda frame: _tells(run, frame), "first_event", "event of its run", check)
    return await _terminal(run, check)


async def good_end_of(run: Run, check: Check) -> Frame:
    """Wait for the end of a run, which has to be a good one.

    Args:
        run: What was asked.
        check: What anything else breaks.

    Returns:
        ``agent_completed`` with the status ``completed``.
    """
    end = await end_of(run, check)
    if end.type != "agent_completed" or end.data.get("status", "completed") != "completed":
        cause = as_text(end.data.get("error") or end.data.get("missing") or "")
        raise check.broken(f"{run} ended with {end.type} ({end.data.get('status', 'no status')}): {cause}")
    return end


async def all_of(check: Check, work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Do several things at the same time, and tell everything that went wrong together.

    Args:
        check: What a failure breaks.
        work: The things.

    Returns:
        What came of them, in their order.
    """
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    broken = list(dict.fromkeys(str(outcome) for outcome in outcomes if isinstance(outcome, PromiseBroken)))
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, PromiseBroken):
            raise outcome
    if broken:
        told = "\n".join(text.removeprefix(f"{check.name}: ") for text in broken)
        raise check.broken(f"{len(broken)} of {len(outcomes)} failed:\n{told}")
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def _tells(run: Run, frame: Frame) -> bool:
    return frame.run_id is not None and frame.run_id == run.run_id and frame.type != "message_ack"


async def _sign(run: Run, wanted: Any, limit_id: str, what: str, check: Check) -> None:
    """Wait for a frame that is wanted; an error on the socket after the question ends the wait."""
    allowed = limit(limit_id)

    def speaks(frame: Frame) -> bool:
        return bool(wanted(frame)) or (frame.type == "error" and frame.at_ns > run.sent_ns)

    try:
        frame = await run.channel.wait_for(speaks, allowed.max_s, f"{what} of {run} ({allowed.id})")
    except PromiseBroken as silence:
        raise check.broken(f"{silence}{await _what_rest_says(run)}") from None
    if not wanted(frame):
        raise check.broken(f"{run} was answered with an error: {as_text(frame.data.get('error'))}")


async def _terminal(run: Run, check: Check) -> Frame:
    """Wait for the end on the socket; where REST knows of it and the socket does not show it, nobody waits longer."""
    allowed = limit("agent_run_standard")

    async def shown() -> Frame:
        return await run.channel.wait_for(run.ends, _LOOK_EVERY_S, f"end of {run}")

    async def look() -> Frame | None:
        try:
            return await shown()
        except PromiseBroken as silence:
            if run.channel.closed is not None:
                raise check.broken(str(silence)) from None
            state = await _state(run)
            if state in ENDED and not any(map(run.ends, run.channel.frames)):
                return await _late(run, state, check)
            raise NotYet(f"a run that is {state or 'of unknown state'}") from None

    try:
        return await until(look, within_s=allowed.max_s, what=f"the end of {run} ({allowed.id})")
    except PromiseBroken as late:
        text = str(late)
        raise (late if text.startswith(f"{check.name}: ") else check.broken(text)) from None


async def _late(run: Run, state: str, check: Check) -> Frame:
    try:
        return await run.channel.wait_for(run.ends, _SHOWN_WITHIN_S, f"end of {run}")
    except PromiseBroken as silence:
        raise check.broken(f"REST says that the run is {state}, but its user was not shown it: {silence}") from None


async def _what_rest_says(run: Run) -> str:
    state = await _state(run)
    return f" REST says that the run is {state}." if state else ""


async def _state(run: Run) -> str | None:
    if run.run_id is None or not world().target.offers("runs"):
        return None
    reply = await world().backend.run(run.user.token(), run.run_id)
    return str(reply.body.get("state")) if reply.status == 200 else None

"""Questions over any entry, followed to their ends, with a verdict as soon as it is certain."""

import asyncio
import time
import uuid
from typing import Any

from goldenpath.checks import Check
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel
from goldenpath.history.rules import TERMINALS
from goldenpath.limits import limit
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import NotYet, until
from goldenpath.routing.checks import EVERY_SOCKET_ONCE, HANDLED_ONCE
from goldenpath.routing.entries import patience_s
from goldenpath.world import world

# A plan has at most 8 steps, and no agent thinks aloud more often than this in one.
MOST_THOUGHTS = 48
# Seconds between two looks over REST at a run whose end has not come.
LOOK_EVERY_S = 1.0
_ENDED_STATES = ("completed", "degraded", "failed", "stopped")


def new_ref() -> str:
    """Make a mark for a frame that nobody else uses."""
    return f"gp-{uuid.uuid4().hex[:12]}"


def _run(user: User, question: str, socket: ChatSocket, thread_id: str | None, form: str | None) -> Run:
    text = f"{question} {LlmControl.marker_text(user.canary)}"
    run = Run(user, text, f"gp-{uuid.uuid4()}", socket.channel, socket.dialect, thread_id, form)
    user.runs.append(run)
    return run


async def ask(
    user: User,
    socket: ChatSocket,
    question: str,
    *,
    thread_id: str | None = None,
    form: str | None = None,
    ref: str | None = None,
) -> Run:
    """Ask on one of a user's sockets and go on at once.

    Args:
        user: Who asks.
        socket: On which of their sockets.
        question: The question; the user's mark is added.
        thread_id: In which thread; ``None``: the one that the socket used last, else a new one.
        form: In which of the platform's forms; ``None``: the usual one.
        ref: The mark of the frame, where the platform knows such marks.

    Returns:
        The run.
    """
    run = _run(user, question, socket, thread_id, form)
    frame = run.dialect.questions.frame(run.question, thread_id, run.client_message_id, form)
    if ref is not None and world().target.offers("ref"):
        frame["ref"] = ref
    run.sent_ns = (await socket.send(frame)).at_ns
    return run


async def ask_over_rest(
    user: User, backend: BackendClient, socket: ChatSocket, question: str, *, thread_id: str
) -> Run:
    """Ask over REST.

    Args:
        user: Who asks.
        backend: At which instance.
        socket: Where the user watches.
        question: The question; the user's mark is added.
        thread_id: In which thread.

    Returns:
        The run.

    Raises:
        PromiseBroken: It was not accepted.
    """
    run = _run(user, question, socket, thread_id, None)
    reply = await backend.ask(user.token(), thread_id, run.question, run.client_message_id)
    run.sent_ns = reply.expect(202).started_ns
    return run


async def new_thread(user: User, title: str = "Routing") -> str:
    """Make a thread over REST.

    Args:
        user: Whose.
        title: Its title.

    Returns:
        Its id.
    """
    return str((await world().backend.create_thread(user.token(), title)).expect(201).body["id"])


async def acknowledged(run: Run, broken: Check = HANDLED_ONCE) -> Frame:
    """Wait until a question is taken in; on platforms that never say so, until its run begins.

    Args:
        run: The question.
        broken: The promise that is broken when it is not.

    Returns:
        The frame that says it.

    Raises:
        PromiseBroken: Nothing said so within limit-message_processing, or the run ended for the user in another way.
    """
    try:
        frame = await run.channel.wait_for(run.acknowledges, patience_s(), f"the acknowledgement of {run}")
    except PromiseBroken as error:
        raise broken.broken(
            f"{run} ({run.form or 'usual form'}) was not taken in (limit-message_processing): {error}"
        ) from None
    run.thread_id = frame.thread_id or run.thread_id
    return frame


async def ended(run: Run, broken: Check = EVERY_SOCKET_ONCE) -> Frame:
    """Wait for the end of a run on the socket where it was asked.

    Nobody waits in vain: when the platform itself says over REST that the run has ended, its end must be there within
    limit-message_processing; and agents that think without end are not listened to for ever.

    Args:
        run: The question.
        broken: The promise that is broken when the end does not come.

    Returns:
        The run's last frame.

    Raises:
        PromiseBroken: It did not come.
    """
    run.awaited = True
    await acknowledged(run)
    told = asyncio.ensure_future(_end_on(run.channel, run, limit("agent_run_standard").max_s, broken))
    known = asyncio.ensure_future(_known_to_have_ended(run))
    try:
        await asyncio.wait([told, known], return_when=asyncio.FIRST_COMPLETED)
        if not told.done() and known.exception() is None:
            await asyncio.wait([told], timeout=patience_s())
            if not told.done():
                raise broken.broken(f"{run} has ended, as REST says, and its end never came to {run.channel}.")
        return await told
    finally:
        for task in (told, known):
            task.cancel()
        await asyncio.gather(told, known, return_exceptions=True)


async def _end_on(channel: Channel, run: Run, within_s: float, broken: Check) -> Frame:
    thoughts = 0

    def is_end(frame: Frame) -> bool:
        nonlocal thoughts
        thoughts += frame.type == "agent_thinking" and frame.run_id == run.run_id
        if thoughts > MOST_THOUGHTS:
            raise broken.broken(f"The agents of {run} have thought {thoughts} times and hand over without end.")
        return run.ends(frame)

    try:
        return await channel.wait_for(is_end, within_s, f"the end of {run}")
    except PromiseBroken as error:
        if str(error).startswith(broken.name):
            raise
        raise broken.broken(f"{error} (limit-agent_run_standard)") from None


async def _known_to_have_ended(run: Run) -> None:
    """Look over REST whether a run has ended; where runs cannot be looked up, nobody knows."""
    if not world().target.offers("runs"):
        await asyncio.Event().wait()

    first_look_ns = time.monotonic_ns() + round(LOOK_EVERY_S * 1e9)

    async def look() -> bool | None:
        if time.monotonic_ns() < first_look_ns:
            return None  # each look is paid for from the user's rate
        page = (await world().backend.run(run.user.token(), str(run.run_id))).expect(200)
        if page.body.get("state") in _ENDED_STATES:
            return True
        raise NotYet(str(page.body.get("state")))

    await until(
        look, within_s=limit("agent_run_standard").max_s, every_s=LOOK_EVERY_S, what=f"the end of {run} over REST"
    )


def said(run: Run) -> str:
    """Give the words of a run's answer.

    Args:
        run: A run that has ended.

    Returns:
        The summary, empty where there is none.
    """
    for frame in run.channel.received():
        if frame.type == "agent_completed" and frame.run_id == run.run_id:
            return str((frame.data.get("result") or {}).get("summary", ""))
    return ""


async def answered(run: Run, about: str, broken: Check = HANDLED_ONCE) -> Frame:
    """Wait for a good answer that is about what was asked.

    Args:
        run: The question.
        about: A word of the question that its answer must take up.
        broken: The promise that is broken when it does not.

    Returns:
        The run's last frame.

    Raises:
        PromiseBroken: There is none, or it is about something else.
    """
    end = await ended(run)
    if end.type != "agent_completed" or end.data.get("status", "completed") != "completed":
        raise broken.broken(f"{run} ended with {end.type}: {end.data.get('error') or end.data.get('status')}")
    if about.casefold() not in said(run).casefold():
        raise broken.broken(f"{run} is answered with something that does not speak of {about}: {said(run)!r}")
    return end


async def shown_once(run: Run, watching: list[ChatSocket], broken: Check = EVERY_SOCKET_ONCE) -> int:
    """Check that every socket gets every frame of a run exactly once, in the same order.

    Args:
        run: A run that has ended on its own socket.
        watching: The user's sockets that were open all the while.
        broken: The promise that is broken when one does not.

    Returns:
        How many frames the sockets got of it, together.

    Raises:
        PromiseBroken: One misses a frame, or has one twice.
    """
    promised = _told(run.channel, run)
    for socket in watching:
        try:
            await socket.channel.wait_for(run.ends, patience_s(), f"the end of {run} on {socket.channel}")
        except PromiseBroken as error:
            raise broken.broken(f"{error} (limit-message_processing)") from None
    for channel in (run.channel, *(socket.channel for socket in watching)):
        told = _told(channel, run)
        doubled = sorted({entry for entry in told if told.count(entry) > 1}, key=str)
        if doubled:
            raise broken.broken(f"{channel} got frames of {run} more than once: {_listed(doubled)}")
        if told != promised:
            missing = [entry for entry in promised if entry not in told] or [
                entry for entry in told if entry not in promised
            ]
            raise broken.broken(f"{channel} and {run.channel} were not shown the same of {run}: {_listed(missing)}")
    return len(promised) * len({run.channel, *(socket.channel for socket in watching)})


def _told(channel: Channel, run: Run) -> list[tuple[Any, str]]:
    """List the frames of a run on a channel by their numbers, where there are numbers, and their types."""
    return [
        (frame.seq if frame.seq is not None else frame.data.get("tool_call_id"), frame.type)
        for frame in channel.received()
        if frame.run_id == run.run_id
        and not frame.data.get("replayed")
        and (frame.seq is not None or frame.type in TERMINALS)
    ]


def _listed(entries: list[tuple[Any, str]]) -> str:
    return ", ".join(f"{kind} (seq {number})" for number, kind in entries[:6])

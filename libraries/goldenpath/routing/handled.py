"""Every message is handled exactly once, by the handler of its type, whichever way it came in."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.routing.asking import (
    acknowledged,
    answered,
    ask,
    ask_over_rest,
    ended,
    new_ref,
    new_thread,
    shown_once,
)
from goldenpath.routing.checks import HANDLED_ONCE
from goldenpath.routing.entries import entries, greeting, patience_s, sockets
from goldenpath.world import world

MONTHS = ("January", "February", "March", "April", "May", "June")
# What nobody can handle: the frame, and the code that refuses it.
NONSENSE: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"type": "no_such_type", "payload": {}}, "UNKNOWN_TYPE"),
    ({"payload": {}}, "INVALID_INPUT"),
    ({"type": "user_message", "payload": "What did we spend?"}, "INVALID_INPUT"),
    ({"type": "user_message", "payload": {"content": "", "client_message_id": "empty"}}, "INVALID_INPUT"),
)
# How often each entry is tried by a fresh socket that asks in the instant of its handshake.
INSTANTS = 2
BAD_JSON = '{"type": "ping", '


async def questions_at_every_entry(user: User) -> int:
    """Ask in every form at every entry, in the same instant as the handshake, and over REST.

    Args:
        user: Who asks; connected.

    Returns:
        How many questions were asked.

    Raises:
        PromiseBroken: One was handled never, twice, or by somebody else.
    """
    runs: list[Run] = []
    everywhere = [user.connection()]
    async with AsyncExitStack() as stack:
        for number, entry in enumerate(entries() * INSTANTS):
            # asked in the same instant as the handshake
            (socket,) = await stack.enter_async_context(sockets(user, [entry], greeted=False))
            everywhere.append(socket)
            every_form = list(socket.dialect.questions.forms)
            for form in every_form if number < len(entries()) else every_form[:1]:
                runs.append(await _asked_once(user, socket, form, everywhere, MONTHS[len(runs) % len(MONTHS)]))
            await greeting(socket, f"{user} at {entry}")
        if world().target.offers("ask_over_rest"):
            runs += [await _asked_over_rest(user, everywhere[1], everywhere, month) for month in MONTHS[:2]]
    await _stored_once(user, runs)
    return len(runs)


async def _asked_once(user: User, socket: ChatSocket, form: str, everywhere: Sequence[ChatSocket], month: str) -> Run:
    ref = new_ref()
    run = await ask(user, socket, f"How much did we spend on gpt-4o in {month} 2026?", form=form, ref=ref)
    await answered(run, month)
    await shown_once(run, list(everywhere))
    if world().target.offers("ref"):
        _one_answer(everywhere, socket, ref, "message_ack")
    return run


async def _asked_over_rest(user: User, socket: ChatSocket, everywhere: Sequence[ChatSocket], month: str) -> Run:
    thread_id = await new_thread(user)
    question = f"How much did we spend on gpt-4o in {month} 2026?"
    run = await ask_over_rest(user, world().backend, socket, question, thread_id=thread_id)
    await answered(run, month)
    await shown_once(run, list(everywhere))
    return run


async def _stored_once(user: User, runs: Sequence[Run]) -> None:
    """Check over REST that each question stands once in its thread, unchanged, with one answer."""
    threads = {run.thread_id for run in runs if run.thread_id}
    stored = [m for thread_id in threads for m in await world().backend.all_messages(user.token(), thread_id)]
    questions = [message.get("content") for message in stored if message.get("role") == "user"]
    if not threads:
        return
    for run in runs:
        if (times := questions.count(run.question)) != sum(other.question == run.question for other in runs):
            raise HANDLED_ONCE.broken(f"{run} stands {times} times in the history; stored are {questions}")
    answers = sum(message.get("role") == "assistant" for message in stored)
    if answers != len(runs):
        raise HANDLED_ONCE.broken(f"{len(runs)} questions have {answers} stored answers.")


async def control_frames_at_every_entry(user: User) -> int:
    """Ping, replay and stop at every entry.

    Args:
        user: Who does it; connected.

    Returns:
        How many frames were sent.

    Raises:
        PromiseBroken: One was handled never, twice, or by somebody else.
    """
    offers = world().target.offers
    sent = 0
    earlier = await _earlier(user)
    async with sockets(user, entries()) as opened:
        everywhere = [user.connection(), *opened]
        for socket in opened:
            await _pinged(socket, everywhere)
            sent += 1
            if offers("resume"):
                await resumed(socket, str(earlier.thread_id), everywhere)
                sent += 1
            if offers("stop") and offers("llm_script"):
                await _stopped(user, socket, everywhere)
                sent += 1
        if offers("stop") and offers("llm_script"):
            await _stopped(user, opened[0], everywhere, over_rest=True)
            sent += 1
    return sent


async def _earlier(user: User) -> Run:
    run = await ask(user, user.connection(), "How much did we spend on gpt-4o in May 2026?")
    await answered(run, "May")
    return run


async def _pinged(socket: ChatSocket, everywhere: Sequence[ChatSocket]) -> None:
    if world().target.offers("ref"):
        await _answered_once(socket, everywhere, "ping", None, "pong")
        return
    before = [_pongs(one) for one in everywhere]
    await socket.send({"type": "ping"})
    await _first(socket, lambda _: _pongs(socket) > before[everywhere.index(socket)], "a ping")
    grown = [_pongs(one) - count for one, count in zip(everywhere, before, strict=True)]
    if sum(grown) != 1:
        raise HANDLED_ONCE.broken(f"One ping on {socket.channel} brought {sum(grown)} pongs.")


def _pongs(socket: ChatSocket) -> int:
    return sum(frame.type == "pong" for frame in socket.channel.received())


async def _stopped(
    user: User, socket: ChatSocket, everywhere: Sequence[ChatSocket], *, over_rest: bool = False
) -> None:
    llm = world().llm
    await llm.script(user.canary, [{"stall": True}], for_task="triage")
    run = await ask(user, socket, "How much did we spend on gpt-4o in June 2026?")
    await acknowledged(run)
    if over_rest:
        (await world().backend.stop_run(user.token(), str(run.run_id))).expect(202)
    else:
        await socket.send({"type": "stop_agent", "payload": {"run_id": run.run_id}, "ref": new_ref()})
    end = await ended(run, HANDLED_ONCE)
    await llm.clear(user.canary)
    if end.type != "agent_stopped":
        raise HANDLED_ONCE.broken(f"{run} was stopped and ended with {end.type}.")
    await shown_once(run, list(everywhere))


async def nonsense_at_every_entry(user: User) -> int:
    """Send what nobody can handle at every entry.

    Args:
        user: Who does it; connected.

    Returns:
        How many frames were sent.

    Raises:
        PromiseBroken: One was not refused exactly once with its code, or the socket does not work any more.
    """
    sent = 0
    async with sockets(user, entries()) as opened:
        everywhere = [user.connection(), *opened]
        for socket in opened:
            before = len(socket.channel.frames)
            await socket.send_text(BAD_JSON)
            await _first(socket, lambda frame: frame.type == "error", "bad JSON", before)
            sent += 1
            if world().target.offers("ref"):
                for frame, code in NONSENSE:
                    refusal = await _answered_once(socket, everywhere, frame.get("type"), frame.get("payload"), "error")
                    if (seen := refusal.data.get("error", {}).get("code")) != code:
                        raise HANDLED_ONCE.broken(f"{frame} is refused with {seen}, promised is {code}.")
                    sent += 1
            await _pinged(socket, everywhere)
            refused = [frame for frame in socket.channel.received() if frame.type == "error"]
            expected = 1 + (len(NONSENSE) if world().target.offers("ref") else 0)
            if len(refused) != expected:
                raise HANDLED_ONCE.broken(f"{expected} bad frames on {socket.channel} brought {len(refused)} errors.")
    return sent


async def refused(socket: ChatSocket, kind: str, payload: Any, **more: Any) -> Frame:
    """Send a frame and wait for the one direct answer to it.

    Args:
        socket: Where.
        kind: The frame's type.
        payload: Its payload.
        **more: Further fields of the frame.

    Returns:
        The answer.

    Raises:
        PromiseBroken: There was none, or more than one.
    """
    return await _answered_once(socket, [socket], kind, payload, "error", **more)


async def resumed(socket: ChatSocket, thread_id: str, everywhere: Sequence[ChatSocket] = ()) -> None:
    """Have a thread replayed from its beginning.

    Args:
        socket: Where.
        thread_id: The thread.
        everywhere: All sockets that are open; only this one is to be answered.

    Raises:
        PromiseBroken: It was not, or more than once.
    """
    payload = {"thread_id": thread_id, "after_seq": 0}
    await _answered_once(socket, everywhere or [socket], "resume", payload, "replay_complete")


async def _answered_once(
    socket: ChatSocket, everywhere: Sequence[ChatSocket], kind: str | None, payload: Any, answer: str, **more: Any
) -> Frame:
    ref = new_ref()
    frame: dict[str, Any] = {"type": kind, "payload": payload, "ref": ref, **more}
    await socket.send({name: value for name, value in frame.items() if value is not None})
    found = await _first(socket, lambda one: one.data.get("ref") == ref, f"a {kind} frame")
    if found.type != answer:
        raise HANDLED_ONCE.broken(f"A {kind} frame on {socket.channel} was answered with {found.type}, not {answer}.")
    _one_answer(everywhere, socket, ref, answer)
    return found


async def _first(socket: ChatSocket, is_answer: Any, what: str, since: int = 0) -> Frame:
    try:
        return await socket.channel.wait_for(is_answer, patience_s(), f"the answer to {what}", since)
    except PromiseBroken as error:
        raise HANDLED_ONCE.broken(f"{error} (limit-message_processing)") from None


def _one_answer(everywhere: Sequence[ChatSocket], socket: ChatSocket, ref: str, answer: str) -> None:
    told = [(one, frame.type) for one in everywhere for frame in one.channel.received() if frame.data.get("ref") == ref]
    if told != [(socket, answer)]:
        where = ", ".join(f"{kind} on {one.channel}" for one, kind in told)
        raise HANDLED_ONCE.broken(
            f"A frame on {socket.channel} has {len(told)} answers instead of one {answer}: {where}."
        )

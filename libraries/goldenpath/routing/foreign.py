"""A message is routed by who sent it: what belongs to another user is of no use."""

import asyncio
import uuid

from goldenpath.clients.chat import ChatSocket
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.routing.asking import acknowledged, answered, ask
from goldenpath.routing.checks import OWN_ROUTE_ONLY
from goldenpath.routing.entries import patience_s, sockets, usual
from goldenpath.routing.handled import MONTHS, refused
from goldenpath.world import world

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4")


async def ask_slowly(user: User) -> Run:
    """Ask something that keeps the language model busy until `release`.

    Args:
        user: Who asks; connected.

    Returns:
        The question, taken in.
    """
    if world().target.offers("llm_script"):
        await world().llm.script(user.canary, [{"delay_s": 1.0}], for_task="report")
    run = await ask(user, user.connection(), "How much did we spend on gpt-4o in May 2026?")
    await acknowledged(run)
    return run


async def only_own_frames(run: Run, bystander: User) -> None:
    """Check that a run reaches its own user to its end, and a bystander nothing of it.

    Args:
        run: The run.
        bystander: Somebody who connected meanwhile and has asked nothing.

    Raises:
        PromiseBroken: The user was left without it, or the bystander was sent something.
    """
    await answered(run, "May", OWN_ROUTE_ONLY)
    _nothing_reached(bystander, run)


def _nothing_reached(bystander: User, run: Run) -> None:
    for channel in bystander.channels:
        for frame in channel.received():
            if run.run_id is not None and frame.run_id == run.run_id:
                raise OWN_ROUTE_ONLY.broken(f"{frame.type} of {run} was sent to {bystander}.")


async def foreign_ids_are_refused(thief: User, run: Run) -> int:
    """Try another user's thread and run on the socket, in every frame that takes one.

    Args:
        thief: Who tries; connected.
        run: A run of the other user.

    Returns:
        How many frames were tried.

    Raises:
        PromiseBroken: One was not refused as if nothing were there.
    """
    offers = world().target.offers
    if not offers("ref"):
        return 0
    payloads = {
        "user_message": {
            "content": "What was said here?",
            "thread_id": run.thread_id,
            "client_message_id": f"gp-{uuid.uuid4()}",
        },
        "chat_message": {"content": "What was said here?", "thread_id": run.thread_id},
        "resume": {"thread_id": run.thread_id, "after_seq": 0},
        "stop_agent": {"run_id": run.run_id},
    }
    tried = 0
    async with sockets(thief, [usual()]) as opened:
        for kind, payload in payloads.items():
            answer = await refused(opened[0], kind, payload)
            if answer.data.get("error", {}).get("code") != "NOT_FOUND":
                raise OWN_ROUTE_ONLY.broken(f"{kind} with ids of {run.user} was answered with {answer.data}.")
            tried += 1
    return tried


async def claimed_identity_is_refused(liar: User, victim: User) -> int:
    """Say in a frame that one is somebody else.

    Args:
        liar: Who says it; connected.
        victim: Who they say they are; connected.

    Returns:
        How many frames were tried.

    Raises:
        PromiseBroken: A frame was not refused, or the other user was sent something.
    """
    claims = {"user_id": victim.user_id, "tenant_id": victim.tenant_id or str(uuid.uuid4())}
    tried = 0
    async with sockets(liar, [usual()]) as opened:
        for name, value in claims.items():
            for place in ("frame", "payload"):
                await _claim(opened[0], liar, victim, name, value, place)
                tried += 1
    return tried


async def _claim(socket: ChatSocket, liar: User, victim: User, name: str, value: str, place: str) -> None:
    content = f"How much did we spend on gpt-4o in May 2026? {LlmControl.marker_text(liar.canary)}"
    frame = socket.dialect.questions.frame(content, None, f"gp-{uuid.uuid4()}")
    part = frame if place == "frame" else next(value for value in frame.values() if isinstance(value, dict))
    part[name] = value
    since, own = len(socket.channel.frames), {run.run_id for run in victim.runs}
    theirs = victim.connection().channel
    await socket.send(frame)

    def answers(one: Frame) -> bool:
        return one.type not in ("heartbeat", "pong")

    def strikes(one: Frame) -> bool:
        return one.run_id is not None and one.run_id not in own

    what = f"{OWN_ROUTE_ONLY.name}: the refusal of a {place} with {victim}'s {name} (limit-message_processing)"
    refusal = asyncio.ensure_future(socket.channel.wait_for(answers, patience_s(), what, since))
    strike = asyncio.ensure_future(theirs.wait_for(strikes, patience_s(), "nothing", len(theirs.frames)))
    try:
        await asyncio.wait([refusal, strike], return_when=asyncio.FIRST_COMPLETED)
        if strike.done() and strike.exception() is None:
            raise OWN_ROUTE_ONLY.broken(
                f"{liar}'s {place} with {victim}'s {name} brought {victim} a {strike.result().type}."
            )
        if (answer := await refusal).type != "error":
            raise OWN_ROUTE_ONLY.broken(f"{liar}'s {place} with {victim}'s {name} was answered with {answer.type}.")
    finally:
        for task in (refusal, strike):
            task.cancel()
        await asyncio.gather(refusal, strike, return_exceptions=True)


async def ask_by_turns(users: list[User], rounds: int) -> int:
    """Let users ask at the same moment, again and again, each about a model of their own.

    Args:
        users: Who asks; connected.
        rounds: How often.

    Returns:
        How many questions were asked.

    Raises:
        PromiseBroken: An answer was missing, about something else, or reached somebody else.
    """
    asked = 0
    for turn in range(rounds):
        month = MONTHS[turn % len(MONTHS)]
        runs = [
            await ask(user, user.connection(), f"How much did we spend on {model} in {month} 2026?")
            for user, model in zip(users, MODELS, strict=False)
        ]
        await asyncio.gather(*(answered(run, model, OWN_ROUTE_ONLY) for run, model in zip(runs, MODELS, strict=False)))
        for run in runs:
            for user in users:
                if user is not run.user:
                    _nothing_reached(user, run)
        asked += len(runs)
    return asked

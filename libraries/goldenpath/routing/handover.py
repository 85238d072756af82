"""Agents that hand over in a circle, to nobody, or without end: the run ends, and others go on."""

import asyncio

from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.routing.asking import acknowledged, answered, ask, ask_over_rest, ended, new_thread
from goldenpath.routing.checks import OTHERS_GO_ON, RUN_ENDS
from goldenpath.routing.entries import open_at, sockets, usual
from goldenpath.routing.handled import resumed
from goldenpath.world import world

RESULT = "result"


async def plan_comes_to_an_end(user: User, other: User, promised: str, plan: list[str]) -> str:
    """Let the language model suggest a plan, and see how the run ends while another user asks as well.

    Args:
        user: Whose question gets the plan; connected.
        other: Who asks beside them; connected.
        promised: ``result``, or the code of the error with which the run ends.
        plan: Names of agents, in the order in which they hand over.

    Returns:
        How it ended.

    Raises:
        PromiseBroken: It did not end, or otherwise; or the other user was not answered.
    """
    reply = {"json": {"intent": "spend", "period": None, "subject": None, "plan": plan}}
    await world().llm.script(user.canary, [reply], for_task="triage")
    run = await ask(user, user.connection(), "How much did we spend on gpt-4o in May 2026?")
    beside = await ask(other, other.connection(), "How much did we spend on gpt-4o in June 2026?")
    end, _ = await asyncio.gather(ended(run, RUN_ENDS), answered(beside, "June", OTHERS_GO_ON))
    how = _named(end)
    exact = world().target.offers("schemas") or RESULT in (how, promised)
    if how != promised and exact:
        raise RUN_ENDS.broken(f"The plan {' > '.join(plan)} ended with {how}, promised is {promised}.")
    return how


def _named(end: Frame) -> str:
    if end.type == "agent_completed":
        return RESULT
    error = end.data.get("error")
    return str(error.get("code")) if isinstance(error, dict) else end.type


async def dead_socket_holds_nobody_up(user: User, other: User) -> None:
    """Cut one of a user's two sockets in the middle of a run: the run goes on, and so does everybody.

    Args:
        user: Whose socket dies; connected.
        other: Somebody else; connected.

    Raises:
        PromiseBroken: An end did not come.
    """
    second = await open_at(user, usual())
    before = await ask(user, second, "How much did we spend on gpt-4o in February 2026?")
    await answered(before, "February", RUN_ENDS)
    await world().llm.script(user.canary, [{"delay_s": 0.3}], for_task="triage")
    run = await ask(user, user.connection(), "How much did we spend on gpt-4o in May 2026?")
    await acknowledged(run)
    await second.drop()
    beside = await ask(other, other.connection(), "How much did we spend on gpt-4o in June 2026?")
    await asyncio.gather(answered(run, "May", RUN_ENDS), answered(beside, "June", OTHERS_GO_ON))
    async with sockets(user, [usual()]) as opened:
        if world().target.offers("resume"):
            await resumed(opened[0], str(run.thread_id))
    await _asked_at_last(user, other)


async def _asked_at_last(user: User, other: User) -> None:
    """Ask once more by every entry: what came before has broken none of them."""
    question = "How much did we spend on gpt-4o in March 2026?"
    runs: list[tuple[Run, str]] = [(await ask(who, who.connection(), question), "March") for who in (user, other)]
    if world().target.offers("ask_over_rest"):
        thread_id = await new_thread(user)
        question = "How much did we spend on gpt-4o in April 2026?"
        runs.append(
            (await ask_over_rest(user, world().backend, user.connection(), question, thread_id=thread_id), "April")
        )
    await asyncio.gather(*(answered(run, month, RUN_ENDS) for run, month in runs))

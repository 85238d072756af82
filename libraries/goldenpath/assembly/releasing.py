"""What runs hold, the ends they can come to, and whether all of it is free afterwards."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from goldenpath.assembly.asking import ask, end_of, good_end_of
from goldenpath.assembly.failures import BROKEN_PARTS, QUESTION
from goldenpath.assembly.gauges import RELEASED, SLOTS_FREE, WITHIN_S, add_up, moved, read_gauges
from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.limits import limit
from goldenpath.polling import NotYet, until
from goldenpath.races.promises import SLOTS_COME_BACK
from goldenpath.world import world

# What a user may have at once (contract section 3).
RUNS_AT_ONCE = 4
SOCKETS = 10
SLOW_S = 8.0
_SETTLED_WITHIN_S = 20.0

Open = Callable[[User], Coroutine[Any, Any, ChatSocket]]


async def counts() -> dict[str, float]:
    """Read the platform's own counts, summed over its instances.

    Returns:
        By name.
    """
    replies = [(await world().backend.get("/metrics", None)).expect(200)]
    return add_up([read_gauges(str(reply.body)) for reply in replies])


async def idle_counts() -> dict[str, float]:
    """Read the counts of a platform that nobody uses.

    Returns:
        By name.
    """

    async def look() -> dict[str, float] | None:
        found = await counts()
        if busy := _busy(found):
            raise NotYet(busy)
        return found

    return await until(look, within_s=_SETTLED_WITHIN_S, every_s=0.05, what="an idle platform")


async def back_to(before: dict[str, float]) -> dict[str, float]:
    """Wait until the counts are where they were.

    Args:
        before: The counts of the beginning.

    Returns:
        The counts now.
    """

    async def look() -> dict[str, float] | None:
        found = await counts()
        if told := moved(before, found):
            raise NotYet(told)
        return found

    try:
        return await until(look, within_s=WITHIN_S, every_s=0.05, what="the return of the platform's counts")
    except PromiseBroken as late:
        raise RELEASED.broken(str(late)) from None


async def runs_fail(user: User) -> None:
    """Let as many runs of a user fail as they may have at once, and one more.

    Args:
        user: Who asks; connected.
    """
    part = BROKEN_PARTS[0]
    times = RUNS_AT_ONCE + 1
    await world().llm.script(user.canary, [dict(part.replies[0])] * times, for_task=part.for_task)
    threads = await _threads(user, times)
    runs = [await ask(user, QUESTION, SLOTS_FREE, thread_id=thread) for thread in threads]
    for end in [await end_of(run, SLOTS_FREE) for run in runs]:
        if end.type != "agent_error":
            raise SLOTS_FREE.broken(f"a run of {user} was to fail and ended with {end.type}")


async def runs_are_stopped(user: User) -> None:
    """Stop as many runs of a user as they may have at once, and one that waits.

    Args:
        user: Who asks; connected.
    """
    await _slow(user, RUNS_AT_ONCE)
    threads = await _threads(user, RUNS_AT_ONCE)
    runs = [await ask(user, QUESTION, SLOTS_FREE, thread_id=thread) for thread in (*threads, threads[0])]
    for run in runs:
        await _acknowledged(run)
    for run in reversed(runs):
        await user.connection().send({"type": "stop_agent", "payload": {"run_id": run.run_id}})
    for run in runs:
        end = await end_of_stopped(run)
        if end != "agent_stopped":
            raise SLOTS_FREE.broken(f"a run of {user} was stopped and ended with {end}")


async def end_of_stopped(run: Run) -> str:
    """Wait for the end of a run that was stopped; one that waited ends without having begun.

    Args:
        run: The run.

    Returns:
        The type of its last frame.
    """
    allowed = limit("first_event")
    try:
        return str((await run.channel.wait_for(run.ends, allowed.max_s, f"end of {run}")).type)
    except PromiseBroken as silence:
        raise SLOTS_FREE.broken(str(silence)) from None


async def user_vanishes(user: User, open_socket: Open) -> None:
    """Open as many sockets as a user may have, begin a run, and cut them all without a close frame.

    Args:
        user: Who is connected already, by one socket.
        open_socket: Opens another one.
    """
    more = [await open_socket(user) for _ in range(SOCKETS - 1)]
    run = await ask(user, QUESTION, SLOTS_FREE)
    await _acknowledged(run)
    await asyncio.gather(*(socket.drop() for socket in (user.connection(), *more)))


async def sockets_are_free(user: User, open_socket: Open) -> None:
    """Check that a user whose sockets were cut can have as many again.

    Args:
        user: The user; all of their sockets are cut.
        open_socket: Opens one.
    """

    async def again() -> list[ChatSocket] | None:
        opened: list[ChatSocket] = []
        try:
            while len(opened) < SOCKETS:
                opened.append(await open_socket(user))
        except HandshakeRefused as refusal:
            await asyncio.gather(*(socket.close() for socket in opened))
            raise NotYet(f"{len(opened)} of {SOCKETS}, then {refusal}") from None
        return opened

    try:
        opened = await until(again, within_s=WITHIN_S, every_s=0.5, what=f"{user}'s {SOCKETS} sockets")
    except PromiseBroken as refused:
        raise SLOTS_COME_BACK.broken(f"{user}, cut off, cannot have {SOCKETS} sockets again: {refused}") from None
    user.socket = opened.pop()
    await asyncio.gather(*(socket.close() for socket in opened))


async def run_slots_are_free(user: User) -> None:
    """Check that a user can have as many runs at work at once as ever, none of which has to wait.

    Args:
        user: Who asks; connected.
    """
    await world().llm.clear(user.canary)
    threads = await _threads(user, RUNS_AT_ONCE)
    runs = [await ask(user, QUESTION, SLOTS_FREE, thread_id=thread) for thread in threads]
    for run in runs:
        await good_end_of(run, SLOTS_FREE)
        position = run.acknowledgement.data.get("queued_position") if run.acknowledgement else None
        if position:
            raise SLOTS_FREE.broken(f"{run} had to wait at place {position}, although {user} has no other runs")


async def _acknowledged(run: Run) -> None:
    allowed = limit("message_processing")
    try:
        await run.channel.wait_for(run.acknowledges, allowed.max_s, f"acknowledgement of {run} ({allowed.id})")
    except PromiseBroken as silence:
        raise SLOTS_FREE.broken(str(silence)) from None


async def _slow(user: User, times: int) -> None:
    await world().llm.script(user.canary, [{"delay_s": SLOW_S}] * times, for_task="triage")


async def _threads(user: User, number: int) -> list[str]:
    replies = [await world().backend.create_thread(user.token(), f"thread {n}") for n in range(number)]
    return [str(reply.expect(201).body["id"]) for reply in replies]


def _busy(found: dict[str, float]) -> str:
    names = ("gp_ws_connections", "gp_contexts", "gp_runs", "gp_queue_depth")
    busy = [f"{name} is {value:g}" for name, value in sorted(found.items()) if name.startswith(names) and value]
    lent = [f"{name} is {value:g}" for name, value in found.items() if name == 'gp_db_pool{state="used"}' and value]
    return "; ".join(busy + lent)

"""Several instances of the backend: messages and events meet the socket, whichever instance holds it."""

import asyncio
from collections.abc import Sequence

from goldenpath.clients.backend import BackendClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.handles import Run, User
from goldenpath.routing.asking import acknowledged, answered, ask, ask_over_rest, ended, new_thread, shown_once
from goldenpath.routing.checks import EVERY_SOCKET_ONCE
from goldenpath.routing.entries import backend_at, sockets, usual
from goldenpath.routing.handled import MONTHS
from goldenpath.world import world

# Two sockets on the second instance: they must not share what comes from the first one.
HELD_BY = (0, 1, 1)


def _another(instance: int) -> int:
    return (instance + 1) % len(world().platform.backend_urls)


async def events_meet_every_socket(users: Sequence[User], rounds: int) -> tuple[int, int]:
    """Ask on every socket and over every instance's REST, at once for all users: all sockets show all of it, once.

    Args:
        users: Who asks; connected.
        rounds: How often each asks by each way.

    Returns:
        How many runs there were, and how many frames the sockets of their users got.

    Raises:
        PromiseBroken: A frame was lost, doubled, or in another order on another socket.
    """
    backends = [backend_at(instance) for instance in range(len(world().platform.backend_urls))]
    try:
        told = await asyncio.gather(*(_of_one(user, backends, rounds) for user in users))
    finally:
        for backend in backends:
            await backend.close()
    return sum(runs for runs, _ in told), sum(frames for _, frames in told)


async def _of_one(user: User, backends: Sequence[BackendClient], rounds: int) -> tuple[int, int]:
    runs = frames = 0
    async with sockets(user, [usual(instance) for instance in HELD_BY]) as opened:
        for turn in range(rounds):
            month = MONTHS[turn % len(MONTHS)]
            question = f"How much did we spend on gpt-4o in {month} 2026?"
            threads = [await new_thread(user) for _ in backends]
            asked = [await ask(user, socket, question) for socket in opened[:2]]
            asked += [
                await ask_over_rest(user, backend, opened[_another(place)], question, thread_id=thread_id)
                for place, (backend, thread_id) in enumerate(zip(backends, threads, strict=True))
            ]
            for run in asked:
                await answered(run, month, EVERY_SOCKET_ONCE)
                frames += await shown_once(run, opened)
            runs += len(asked)
    return runs, frames


async def stops_meet_the_run(user: User) -> int:
    """Stop runs of one instance at the other one, on a socket and over REST.

    Args:
        user: Whose runs; connected.

    Returns:
        How many runs were stopped.

    Raises:
        PromiseBroken: One was not stopped, or a socket was not told exactly once.
    """
    stopped = 0
    async with sockets(user, [usual(instance) for instance in HELD_BY]) as opened:
        for instance in range(2):
            for over_rest in (False, True):
                await _stopped_elsewhere(user, opened, instance, over_rest=over_rest)
                stopped += 1
    return stopped


async def _stopped_elsewhere(user: User, opened: list[ChatSocket], instance: int, *, over_rest: bool) -> None:
    await world().llm.script(user.canary, [{"stall": True}], for_task="triage")
    run = await ask(user, opened[instance], "How much did we spend on gpt-4o in May 2026?")
    await acknowledged(run)
    if over_rest:
        backend = backend_at(_another(instance))
        try:
            (await backend.stop_run(user.token(), str(run.run_id))).expect(202)
        finally:
            await backend.close()
    else:
        await opened[_another(instance)].send({"type": "stop_agent", "payload": {"run_id": run.run_id}})
    end = await ended(run)
    await world().llm.clear(user.canary)
    if end.type != "agent_stopped":
        raise EVERY_SOCKET_ONCE.broken(f"{run} was stopped at the other instance and ended with {end.type}.")
    await shown_once(run, opened)


async def moving_socket_keeps_up(user: User, moves: int) -> int:
    """Move a socket from instance to instance, asking at the other one each time.

    Args:
        user: Whose; connected.
        moves: How often it moves.

    Returns:
        How many frames its places were shown.

    Raises:
        PromiseBroken: A frame was lost or doubled.
    """
    frames = 0
    for move in range(moves):
        instance = move % 2
        async with sockets(user, [usual(instance)]) as opened:
            run = await _asked_elsewhere(user, opened[0], _another(instance))
            await answered(run, "May", EVERY_SOCKET_ONCE)
            frames += await shown_once(run, opened)
    return frames


async def _asked_elsewhere(user: User, socket: ChatSocket, instance: int) -> Run:
    backend = backend_at(instance)
    try:
        thread_id = await new_thread(user)
        question = "How much did we spend on gpt-4o in May 2026?"
        return await ask_over_rest(user, backend, socket, question, thread_id=thread_id)
    finally:
        await backend.close()

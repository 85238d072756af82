"""Starts what is advertised, and holds the figures of an answer against its user's own data."""

from goldenpath import oracle
from goldenpath.AgentLibrary import AgentLibrary
from goldenpath.assembly.asking import ask, good_end_of
from goldenpath.assembly.ids import OWN_FIGURES
from goldenpath.assembly.parts import PART_RUNS, Part, not_worked, read_parts
from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.limits import limit
from goldenpath.world import world

MODEL, MONTH = "gpt-4o", "2026-05"
SPENDING = f"How much did we spend on {MODEL} in May 2026?"
SAVING = f"Which savings are possible on {MODEL} in May 2026, and what did we spend?"


async def advertised(user: User) -> list[Part]:
    """Read which agents and tools the platform advertises.

    Args:
        user: Who asks.

    Returns:
        The parts, agents first.
    """
    agents = (await world().backend.agents(user.token())).expect(200)
    tools = (await world().backend.tools(user.token())).expect(200)
    return [*read_parts("agent", agents.body["items"]), *read_parts("tool", tools.body["items"])]


async def works(user: User, part: Part, entry: str) -> Run:
    """Start a part over one entry and see it work.

    Args:
        user: Who asks for it; connected.
        part: The part.
        entry: The entry.

    Returns:
        The run.
    """
    thread = (await world().backend.create_thread(user.token(), f"{part} over {entry}")).expect(201)
    run = await ask(user, part.example, PART_RUNS, entry=entry, thread_id=str(thread.body["id"]))
    await good_end_of(run, PART_RUNS)
    stored = (await world().backend.messages(user.token(), str(run.thread_id), limit=1)).expect(200).body["items"]
    if [message["content"] for message in stored] != [run.question]:
        raise PART_RUNS.broken(f"the {part}, asked for over {entry} by {run}: another question stands in its thread")
    page = (await world().backend.run(user.token(), str(run.run_id))).expect(200).body
    if (reason := not_worked(part, run.frames().frames, page["steps"])) is not None:
        raise PART_RUNS.broken(f"the {part}, asked for over {entry} by {run}: {reason}")
    return run


async def goes_on(user: User, run: Run) -> Run:
    """Ask a second question in the thread that the platform itself has named.

    Args:
        user: Who asks.
        run: The first question, which is answered.

    Returns:
        The second run.
    """
    named = run.acknowledgement.thread_id if run.acknowledgement else None
    second = await ask(user, SPENDING, PART_RUNS, thread_id=named)
    await good_end_of(second, PART_RUNS)
    return second


async def states_own_figures(run: Run) -> None:
    """Hold what an answer says was spent against SQL over its user's own data, where the run has made that data.

    Args:
        run: An answered question about `MODEL` in `MONTH`.
    """
    if not world().target.offers("usage_data"):
        return
    truth = await oracle.spending(world().postgres, run.user.tenant_id, MODEL, MONTH)
    try:
        AgentLibrary().answer_states(run, "total_cost", truth)
    except PromiseBroken as wrong:
        raise OWN_FIGURES.broken(str(wrong)) from None


async def another_socket(user: User) -> ChatSocket:
    """Open one more socket of a user.

    Args:
        user: The user.

    Returns:
        The socket, greeted; the caller closes it.
    """
    channel = world().recorder.channel(user.name, f"socket {len(user.channels) + 1}")
    user.channels.append(channel)
    try:
        socket = await world().open_socket(user, channel, "header")
    except PromiseBroken:
        user.channels.remove(channel)
        world().recorder.channels.remove(channel)
        raise
    await channel.wait_for(lambda _: True, limit("websocket_connect").max_s, f"the greeting on {channel}")
    return socket

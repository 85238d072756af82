"""Many runs side by side, over every entry, socket and thread: whose they are, and under which ids."""

from goldenpath.assembly.asking import REST, ask, good_end_of
from goldenpath.assembly.ids import OF_ONE_RUN, OWN_IDS, Ids, differing, used_again, wrong_ids
from goldenpath.assembly.starting import SPENDING, another_socket, states_own_figures
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.world import world

# Two of them wait for their turn: three questions go to one thread.
RUNS_A_USER = 5


async def asks_everywhere(user: User) -> list[Run]:
    """Let a user ask on two sockets, over REST, three times in one thread and in two others, all at once.

    Args:
        user: The user; connected by one socket.

    Returns:
        The runs, all answered with the user's own figures.
    """
    if not world().target.offers("client_message_id"):
        return await _one_by_one(user)
    first = user.connection()
    second = await another_socket(user)
    try:
        titles = ("shared by two sockets", "of the second socket", "over REST")
        made = [(await world().backend.create_thread(user.token(), title)).expect(201) for title in titles]
        shared, alone, by_rest = (str(reply.body["id"]) for reply in made)
        runs = [
            await ask(user, SPENDING, OWN_IDS, thread_id=shared, socket=first),
            await ask(user, SPENDING, OWN_IDS, thread_id=shared, socket=second),
            await ask(user, SPENDING, OWN_IDS, thread_id=alone, socket=second, entry="chat_message"),
        ]
        if world().target.offers("ask_over_rest"):
            runs += [await ask(user, SPENDING, OWN_IDS, thread_id=thread, entry=REST) for thread in (shared, by_rest)]
        for run in runs:
            await good_end_of(run, OWN_IDS)
            await states_own_figures(run)
    finally:
        await second.close()
    return runs


async def _one_by_one(user: User) -> list[Run]:
    """Ask one after the other, where nothing else tells whose run is whose."""
    runs = []
    for _ in range(2):
        run = await ask(user, SPENDING, OWN_IDS)
        await good_end_of(run, OWN_IDS)
        await states_own_figures(run)
        runs.append(run)
    return runs


async def wrong_in(runs: list[Run]) -> list[str]:
    """Find ids of runs that are empty, shared, or told differently over REST.

    Args:
        runs: All runs of all users.

    Returns:
        One sentence for each finding.
    """
    found = wrong_ids([_ids(run) for run in runs])
    if world().target.offers("runs"):
        for user in dict.fromkeys(run.user for run in runs):
            # one page a user: pages are paid for out of the bucket that their questions come from
            last = [run for run in runs if run.user is user][-1]
            page = (await world().backend.run(user.token(), str(last.run_id))).expect(200).body
            found += differing(str(last), _ids(last).told, {**page, "run_id": page["id"]})
    answers = [exchange.headers for exchange in world().recorder.exchanges if exchange.status is not None]
    found += [f"two answers over HTTP have the X-Request-Id {value}" for value in used_again(answers)]
    return found


def _ids(run: Run) -> Ids:
    """What its acknowledgement told of a run; where there is none, what the frames of the run tell."""
    frame: Frame | None = run.acknowledgement
    body = {} if frame is None else frame.body | {"message_id": frame.data.get("message_id")}
    offered = [name for name in OF_ONE_RUN if world().target.offers("ack" if name == "message_id" else name)]
    told: dict[str, object] = {name: body.get(name) for name in offered}
    if world().target.offers("thread_id"):
        told["thread_id"] = body.get("thread_id")
    return Ids(f"{run} ({run.client_message_id})", told)

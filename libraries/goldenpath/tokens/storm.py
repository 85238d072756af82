"""Many refusals at once, and who must not notice them."""

import asyncio
from collections.abc import Sequence

from goldenpath.handles import User
from goldenpath.tokens.doors import Door, Doors, Said, ask_all
from goldenpath.tokens.promises import ONE_ERROR
from goldenpath.tokens.specimens import made_up
from goldenpath.tokens.verdicts import insist_on_own_context
from goldenpath.world import World

_DOORS = frozenset({"auth service", "REST", "socket", "agent run"})


async def disturb_nobody(here: World, clumsy: User, others: Sequence[User], rounds: int) -> tuple[int, int]:
    """Let one user show bad tokens and good ones in turn, while others work.

    Args:
        here: The world.
        clumsy: Who shows bad tokens.
        others: Who work meanwhile.
        rounds: How often each of them does so.

    Returns:
        How many good tokens were shown, and how many while bad ones were.

    Raises:
        PromiseBroken: A good token was not let in, or taken for another.
    """
    thread = (await here.backend.create_thread(clumsy.token(), f"of {clumsy.canary}")).expect(201).body["id"]
    every = Doors(here, clumsy, thread_id=str(thread)).every()
    doors = {name: door for name, door in every.items() if name in _DOORS}
    bad = made_up(clumsy)
    refused: list[tuple[int, int]] = []

    async def err() -> list[Said]:
        good = list[Said]()
        for number in range(rounds):
            said = await ask_all(doors, bad[number % len(bad)].token)
            refused.extend((one.started_ns, one.ended_ns) for one in said if one.ended_ns > one.started_ns)
            good += await _good(clumsy, doors, "right after a bad one")
        return good

    async def work(user: User) -> list[Said]:
        own = Doors(here, user).usual()
        return [said for _ in range(rounds) for said in await _good(user, own, "while another one errs")]

    good = [one for some in await asyncio.gather(err(), *(work(user) for user in others)) for one in some]
    first, last = min(begin for begin, _ in refused), max(end for _, end in refused)
    return len(good), sum(one.started_ns < last and one.ended_ns > first for one in good)


async def _good(user: User, doors: dict[str, Door], when: str) -> list[Said]:
    said = await ask_all(doors, user.token())
    if any(not one.good for one in said):
        told = "; ".join(map(str, said))
        raise ONE_ERROR.broken(f"{user}'s good token, shown {when}, is promised to be let in: {told}.")
    insist_on_own_context(user, said)
    return said

"""Many users at once, each new to the platform where it lets people register."""

import asyncio

from goldenpath.handles import User
from goldenpath.world import world

CREATED = 201
OK = 200


async def crowd(name: str, count: int) -> list[User]:
    """Make users side by side; each has just got tokens.

    Args:
        name: What the test calls them; a number is added.
        count: How many.

    Returns:
        The users.
    """
    accounts = [world().unused_account()]  # none where users register
    users = []
    for number in range(1, count + 1):
        users.append(world().invent_user(f"{name}-{number}", accounts[-1]))
        accounts.append(world().unused_account())
    await asyncio.gather(*(_enter(user) for user in users))
    return users


async def _enter(user: User) -> None:
    password = str(user.password.value)
    if world().target.accounts:
        user.take_tokens((await world().auth.login(user.email, password)).expect(OK).body)
        return
    reply = await world().auth.register(user.email, password, f"{user.name} {user.canary}")
    user.take_tokens(reply.expect(CREATED).body)
    user.registered = True

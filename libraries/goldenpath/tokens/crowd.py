"""Tokens of several users, checked at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from goldenpath.barrier import at_the_same_time
from goldenpath.handles import User, secret
from goldenpath.tokens.doors import Door, Doors, Said, ask_all, service_token
from goldenpath.tokens.forging import claims_of
from goldenpath.tokens.promises import LOGOUT, OWN_CONTEXT, REFRESH
from goldenpath.tokens.specimens import ENDED, forget_marks
from goldenpath.tokens.verdicts import insist_on_good, insist_on_refused
from goldenpath.world import World


@dataclass(frozen=True, slots=True)
class _Member:
    user: User
    doors: dict[str, Door]
    threads: tuple[str, ...]


async def keep_own_contexts(here: World, users: Sequence[User], rounds: int) -> tuple[int, int]:
    """Have everybody's token checked at every door at the same time, again and again.

    Args:
        here: The world.
        users: Who they are.
        rounds: How often each of them tries.

    Returns:
        How many tries there were, and during how many of them another user's token was checked.

    Raises:
        PromiseBroken: Somebody was refused, or taken for somebody else.
    """
    service = await service_token(here)
    members = [await _member(here, user, service) for user in users]
    inside = 0
    for number in range(rounds):
        if number % 2 == 0:
            await forget_marks(here)
        release = await at_the_same_time([partial(_tried, here, member, number) for member in members])
        for member, said in zip(members, release.results, strict=True):
            insist_on_good(member.user, said)
        inside += sum(_meets_another(place, release.results) for place in range(len(members)))
    return rounds * len(members), inside


async def _member(here: World, user: User, service: str | None) -> _Member:
    reply = (await here.backend.create_thread(user.token(), f"of {user.canary}")).expect(201)
    return _Member(user, Doors(here, user, service).usual(), (str(reply.body["id"]),))


async def _tried(here: World, member: _Member, number: int) -> list[Said]:
    user = member.user
    doors = member.doors
    if number % 2:
        # by another carrier, and what REST shows
        doors = {name: door for name, door in Doors(here, user).every().items() if name != "socket"}
        listed = (await here.backend.threads(user.token())).expect(200).body["items"]
        shown = {str(thread["id"]) for thread in listed}
        if shown != set(member.threads):
            raise OWN_CONTEXT.broken(
                f"{user} made 1 thread and is shown {len(shown)}, their own one {'too' if shown else 'not'}."
            )
    return await ask_all(doors, user.token())


def _meets_another(place: int, results: Sequence[Sequence[Said]]) -> bool:
    """Whether a try overlapped in time with one of another user."""
    begin, end = _span(results[place])
    others = [_span(said) for number, said in enumerate(results) if number != place]
    return any(begin < other_end and other_begin < end for other_begin, other_end in others)


def _span(said: Sequence[Said]) -> tuple[int, int]:
    stamped = [one for one in said if one.started_ns]
    return min(one.started_ns for one in stamped), max(one.ended_ns for one in stamped)


async def refresh_keeps(here: World, user: User, field: str = "refresh_token") -> None:
    """Refresh a user's tokens: a new pair of the same user, session and rights.

    Args:
        here: The world.
        user: The user; they have the new tokens afterwards.
        field: What the refresh token is called in the body.

    Raises:
        PromiseBroken: It is refused, or the new token is the old one, or names somebody or something else.
    """
    old, before = user.token(), claims_of(user.token())
    call = here.auth.dialect.calls["refresh"]
    reply = await here.auth.call(call.method, call.path, body={field: user.refresh_token_text()})
    if reply.status != 200:
        raise REFRESH.broken(f"{user}'s refresh with the field {field} was answered {reply.status}, promised is 200.")
    user.take_tokens(reply.body, refreshed=True)
    after = claims_of(user.token())
    if user.token() == old:
        raise REFRESH.broken(f"{user}'s refresh gave the old access token again.")
    for name in ("sub", "sid", "tid", "permissions", "email"):
        if before.get(name) != after.get(name):
            raise REFRESH.broken(f"{user}'s new token has another '{name}' than the one before.")
    me = await here.auth.me(user.token())
    email = me.body.get("email", user.email) if me.status == 200 else user.email
    if email != user.email:
        raise REFRESH.broken(f"after {user}'s refresh the auth service names the e-mail address {email}.")


async def log_out_alone(here: World, leaver: User, others: Sequence[User]) -> None:
    """Log one user out while the others go on: only that one's tokens end, and all of them.

    Args:
        here: The world.
        leaver: Who logs out.
        others: Who stays.

    Raises:
        PromiseBroken: A token of the one who left is good, or one of the others is not.
    """
    service = await service_token(here)
    stay = [Doors(here, user, service).usual() for user in others]
    logout = asyncio.create_task(here.auth.logout(leaver.token()))
    said = await asyncio.gather(*(ask_all(doors, user.token()) for doors, user in zip(stay, others, strict=True)))
    (await logout).expect(204)
    for user, one in zip(others, said, strict=True):
        insist_on_good(user, one, "token, while somebody else logs out,")
    left = await ask_all(Doors(here, leaver, service).every(), leaver.token())
    insist_on_refused("logged out", left, ENDED if here.target.offers("schemas") else "")
    again = await here.auth.refresh(leaver.refresh_token_text())
    if again.status != 401:
        if again.status == 200:
            secret(str(again.body["access_token"]))
        raise LOGOUT.broken(f"after {leaver}'s logout the refresh was answered {again.status}, promised is 401.")
    said = await asyncio.gather(*(ask_all(doors, user.token()) for doors, user in zip(stay, others, strict=True)))
    for user, one in zip(others, said, strict=True):
        insist_on_good(user, one, "token, after somebody else has logged out,")

"""Tokens at the edges of their life: just issued, refreshed, revoked, about to expire; and a slow auth service."""

import asyncio
import time
from collections.abc import Awaitable, Sequence

from goldenpath.errors import UsageError
from goldenpath.handles import User, secret
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import until
from goldenpath.tokens.crowd import refresh_keeps
from goldenpath.tokens.doors import Door, Doors, Said, ask_all, service_token
from goldenpath.tokens.forging import claims_of, signed
from goldenpath.tokens.promises import ONE_ERROR, ONE_VERDICT, OUTAGE
from goldenpath.tokens.specimens import ENDED, EXPIRED, forget_marks
from goldenpath.tokens.verdicts import insist_on_good, insist_on_own_context, insist_on_refused
from goldenpath.world import World

# A token that is shown no later than this after its answer is a token just issued.
AT_ONCE_NS = 50_000_000
# What happens this close to a token's end is close to it.
CLOSE_NS = 400_000_000
REFRESHES = 4
LOOK_EVERY_S = 0.08
SLOW_FOR_S = 0.8
AUTH_AWAY = (503, "AUTH_UNAVAILABLE")
_PAST_THE_END_S = 0.3


async def used_at_once(here: World, users: Sequence[User]) -> tuple[int, int]:
    """Let users log in, refresh and log out, and show each token at every door at that instant.

    Args:
        here: The world.
        users: Who they are; logged out afterwards.

    Returns:
        How many tries there were, and how many were made at the instant.

    Raises:
        PromiseBroken: Doors did not agree, or were wrong.
    """
    service = await service_token(here)
    lives = await asyncio.gather(*(_one_life(here, user, service) for user in users))
    spans = [span for life in lives for span in life]
    return len(spans), sum(span < AT_ONCE_NS for span in spans)


async def _one_life(here: World, user: User, service: str | None) -> list[int]:
    """Go through one session's moments; give the time from each answer to the last of its uses' beginnings."""
    doors = Doors(here, user, service).usual()
    spans: list[int] = []

    async def use(answered_ns: int) -> list[Said]:
        said = await ask_all(doors, user.token())
        spans.append(max(one.started_ns for one in said) - answered_ns)
        return said

    reply = (await here.auth.login(user.email, str(user.password.value))).expect(200)
    user.take_tokens(reply.body)
    insist_on_good(user, await use(reply.ended_ns), "token just issued")
    for _ in range(REFRESHES):
        await refresh_keeps(here, user)
        insist_on_good(user, await use(time.monotonic_ns()), "token just refreshed")
    reply = (await here.auth.logout(user.token())).expect(204)
    said = await use(reply.ended_ns)
    insist_on_refused("just revoked", said, ENDED if here.target.offers("schemas") else "")
    return spans


async def end_together(here: World, users: Sequence[User]) -> tuple[int, int]:
    """Show tokens at every door until after their end.

    Args:
        here: The world; its platform is this run's own, so tokens with a near end can be made.
        users: Who they are.

    Returns:
        How many tries there were, and how many were made close to the end.

    Raises:
        PromiseBroken: A door let a token in after its end, or refused it before.
    """
    platform = _own(here)
    service = await service_token(here)
    end_s = int(time.time()) + 2
    # of wall and monotonic clock of this one machine
    end_ns = time.monotonic_ns() + int((end_s - time.time()) * 1e9)
    looks = (_watch(here, user, service, platform.jwt_secret, end_s, end_ns) for user in users)
    said = [one for some in await asyncio.gather(*looks) for one in some]
    return len(said), sum(abs(one.started_ns - end_ns) < CLOSE_NS for one in said)


async def _watch(here: World, user: User, service: str | None, jwt_secret: str, end_s: int, end_ns: int) -> list[Said]:
    token = signed(claims_of(user.token()) | {"exp": end_s}, jwt_secret)
    secret(token)
    here.recorder.people.learn(user.name, {"access_token": token})
    doors, seen = Doors(here, user, service).usual(), list[Said]()

    async def look() -> bool | None:
        said = await ask_all(doors, token)
        seen.extend(said)
        for one in said:
            _insist_on_the_end(user, one, end_ns, said)
        insist_on_own_context(user, said, token)
        return True if time.monotonic_ns() > end_ns + _PAST_THE_END_S * 1e9 else None

    await until(look, within_s=6, every_s=LOOK_EVERY_S, what=f"the end of {user}'s token")
    return seen


def _insist_on_the_end(user: User, one: Said, end_ns: int, said: Sequence[Said]) -> None:
    """Between the second's end and the answer either verdict is right."""
    seen = "; ".join(map(str, said))
    clock_ns = 5_000_000  # two readings of two clocks
    if one.ended_ns + clock_ns < end_ns and one.ended_ns > one.started_ns and not one.good:
        raise ONE_VERDICT.broken(f"{user}'s token was refused before its end: {seen}.")
    if one.started_ns > end_ns + clock_ns and (not one.refused or one.code not in (EXPIRED, "")):
        raise ONE_VERDICT.broken(f"{user}'s token was promised 401 {EXPIRED} everywhere after its end: {seen}.")


async def slow_auth_service(here: World, users: Sequence[User]) -> tuple[int, int]:
    """Freeze the auth service for a moment while the backend has to ask it about everybody.

    Args:
        here: The world; its platform is this run's own.
        users: Who are at work.

    Returns:
        How many requests there were, and how many of them had to wait.

    Raises:
        PromiseBroken: One was refused, or answered as somebody else.
    """
    auth = _own(here).processes["auth"]
    await forget_marks(here)
    with auth.frozen():
        tasks = _start([door(user.token()) for user in users for door in _backend(here, user)])
        _, waiting = await asyncio.wait(tasks, timeout=SLOW_FOR_S)
    said = await asyncio.gather(*tasks)
    each = len(said) // len(users)
    for number, user in enumerate(users):
        own = said[number * each : (number + 1) * each]
        insist_on_good(user, own, "token, while the auth service is slow,")
    return len(said), len(waiting)


async def missing_auth_service(here: World, users: Sequence[User]) -> tuple[int, int]:
    """Freeze the auth service until the backend gives up; then let it go on.

    Args:
        here: The world; its platform is this run's own.
        users: Who are at work.

    Returns:
        How many requests there were, and how many of them were told that nobody can tell.

    Raises:
        PromiseBroken: A good token was refused, or let in unchecked, or is not good again afterwards.
    """
    auth = _own(here).processes["auth"]
    await forget_marks(here)
    with auth.frozen():
        said = await asyncio.gather(*_start([door(user.token()) for user in users for door in _backend(here, user)]))
    told = "; ".join(sorted({str(one) for one in said}))
    if any(one.refused or one.good for one in said):
        raise OUTAGE.broken(f"while the auth service was away, good tokens were promised {AUTH_AWAY}: {told}.")
    if here.target.offers("schemas") and any((one.status, one.code) != AUTH_AWAY for one in said):
        raise OUTAGE.broken(f"while the auth service was away, good tokens were promised {AUTH_AWAY}: {told}.")
    for user in users:
        after = await ask_all(Doors(here, user).usual(), user.token())
        if any(not one.good for one in after):
            seen = "; ".join(map(str, after))
            raise ONE_ERROR.broken(f"the auth service is back, but {user}'s good token is not good again: {seen}.")
        insist_on_own_context(user, after)
    return len(said), len(said)


def _own(here: World) -> EmbeddedPlatform:
    if not isinstance(here.platform, EmbeddedPlatform):
        raise UsageError("This can be done to a platform of this run only; tag the test needs-processes.")
    return here.platform


def _backend(here: World, user: User) -> list[Door]:
    return list(Doors(here, user).backend().values())


def _start(shown: Sequence[Awaitable[Said]]) -> list["asyncio.Future[Said]"]:
    return [asyncio.ensure_future(one) for one in shown]

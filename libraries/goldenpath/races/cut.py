"""Runs that go on while the way in between cuts the connection of their user."""

import asyncio
import uuid

import httpx

from goldenpath.clients.answers import NoAnswer
from goldenpath.handles import User
from goldenpath.history.rules import FIVE_EVENTS
from goldenpath.polling import NotYet, until
from goldenpath.races import runs
from goldenpath.races.cold_start import own_platform, starting
from goldenpath.races.promises import COLD_START, CUT_RUN_FINISHES, READY_LETS_IN
from goldenpath.races.sockets import (
    Later,
    ask,
    carriers,
    close_all,
    come_in,
    connect,
    greeted,
    new_run,
    says_when_to_come_again,
)
from goldenpath.races.tally import Tally
from goldenpath.world import world

QUESTION = "Which savings are possible on gpt-4o in May 2026, and what did we spend?"
ACCEPTED = 202
UNAVAILABLE = 503
COME_AGAIN_S = 0.1
AUTH_SLOW_S = 0.7
SOME = 4


async def come_to_a_cold_platform(users: list[User]) -> None:
    """Start the backend before its database; users ask over REST and connect as long as it takes.

    Args:
        users: Who comes.

    Raises:
        PromiseBroken: One was refused otherwise than cleanly, or still refused when the platform was ready.
    """
    thread_ids = await asyncio.gather(*(_thread_of(user) for user in users))
    async with starting(database_late=True) as start:

        async def come(user: User, thread_id: str) -> None:
            asked = not world().target.offers("ask_over_rest")

            async def look() -> bool | None:
                nonlocal asked
                ready = start.ready_ns is not None
                asked = asked or await _asks_over_rest(user, thread_id)
                outcome = await come_in(user, COLD_START)
                if not isinstance(outcome, Later):
                    return asked or None
                if ready:
                    raise READY_LETS_IN.broken(f"{user} was refused by a platform that is ready: {outcome.told}")
                raise NotYet(outcome.told)

            await until(look, within_s=60, every_s=COME_AGAIN_S, what=f"a socket for {user}")

        await asyncio.gather(*(come(user, thread) for user, thread in zip(users, thread_ids, strict=True)))
    await come_while_auth_is_slow(users[:SOME])


async def come_while_auth_is_slow(users: list[User]) -> None:
    """Let users connect whose sessions nobody remembers, while the auth service takes its time to tell of them.

    Args:
        users: Who.

    Raises:
        PromiseBroken: One was refused.
    """
    if not world().target.offers("redis"):
        return
    await world().cache.forget("session:*")
    auth = own_platform().processes["auth"]
    auth.freeze()
    try:
        coming = [asyncio.ensure_future(come_in(user, READY_LETS_IN)) for user in users]
        await asyncio.wait(coming, timeout=AUTH_SLOW_S)
    finally:
        auth.thaw()
    outcomes = await asyncio.gather(*coming)
    refused = [outcome.told for outcome in outcomes if isinstance(outcome, Later)]
    if refused:
        raise READY_LETS_IN.broken(f"{len(refused)} users were sent away while auth was slow: {refused[0]}")
    await close_all([outcome for outcome in outcomes if not isinstance(outcome, Later)])


async def _thread_of(user: User) -> str:
    return str((await world().backend.create_thread(user.token(), "Cold start")).expect(201).body["id"])


async def _asks_over_rest(user: User, thread_id: str) -> bool:
    """Ask over REST while the platform may not be there yet, and tell whether the question was taken in."""
    try:
        reply = await world().backend.ask(user.token(), thread_id, QUESTION, f"gp-{uuid.uuid4()}")
    except NoAnswer as silence:
        if isinstance(silence.__context__, httpx.ConnectError):
            return False
        raise COLD_START.broken(f"{user} asked over REST: {silence}") from None
    if reply.status == ACCEPTED:
        return True
    if reply.status != UNAVAILABLE or not says_when_to_come_again(reply.headers):
        raise COLD_START.broken(f"{user} asked over REST while the platform started, and was answered {reply}")
    return False


async def be_cut(users: list[User], tally: Tally, thinking_s: float) -> None:
    """Ask, be cut off while the agents work, come back, and find everything.

    Args:
        users: Who; each is cut at another event, and every second one comes back only when the run is over.
        tally: Counts the runs that were still going when their connection was cut.
        thinking_s: For how long the language model thinks before it writes the answer.

    Raises:
        PromiseBroken: A run did not finish, or its result was not there.
    """
    await asyncio.gather(
        *(_is_cut(user, tally, number, thinking_s) for number, user in enumerate(users)),
    )


async def _is_cut(user: User, tally: Tally, number: int, thinking_s: float) -> None:
    await world().llm.script(user.canary, [{"delay_s": thinking_s}], for_task="report")
    old = await connect(user, carrier=carriers()[number % len(carriers())])
    await greeted(old, READY_LETS_IN)
    run = new_run(user, QUESTION, old)
    await ask(run, old)
    await runs.acknowledged(run, CUT_RUN_FINISHES)
    await runs.shown(run, FIVE_EVENTS[number % (len(FIVE_EVENTS) - 1)], CUT_RUN_FINISHES)
    await old.drop()
    tally.add(not any(run.ends(frame) for frame in old.channel.received()))
    told = await runs.stored_end(run, CUT_RUN_FINISHES) if number % 2 else ""
    new = await come_in(user, CUT_RUN_FINISHES, carrier=carriers()[number % len(carriers())])
    if isinstance(new, Later):
        raise CUT_RUN_FINISHES.broken(f"{user} was cut off and is sent away: {new.told}")
    if world().target.offers("resume"):
        await runs.resume(new, str(run.thread_id), runs.last_seq(old.channel, run.thread_id), CUT_RUN_FINISHES)
        end = await runs.ended(run, new.channel, CUT_RUN_FINISHES)
        runs.nothing_missing(run, [old.channel, new.channel], CUT_RUN_FINISHES)
        told = str((end.data.get("result") or {}).get("summary"))
    stored = await runs.stored_end(run, CUT_RUN_FINISHES)
    if not stored or (told and stored != told):
        raise CUT_RUN_FINISHES.broken(f"{user} was told {told!r}, and reads {stored!r}.")

"""Leaving in the middle of a run and coming back at once, before the platform has noticed."""

import asyncio

from goldenpath.checks import Check
from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.rules import FIVE_EVENTS
from goldenpath.races import runs
from goldenpath.races.promises import MISSED_IS_TOLD, NEW_STAYS_WHOLE, SLOTS_COME_BACK, STORM_HELD_BACK
from goldenpath.races.sockets import ask, close_all, connect, greeted, new_run
from goldenpath.races.tally import Tally
from goldenpath.world import world

QUESTION = "Which savings are possible on gpt-4o in May 2026?"
TOO_MANY = 429
STORM_AT_ONCE = 6
MORE_THAN_ALLOWED = 5


async def come_back_again_and_again(user: User, tally: Tally, times: int) -> None:
    """Ask, leave at one of the five events, come back at once, be told the rest; a second socket watches all of it.

    Args:
        user: Who.
        tally: Counts the returns before the run was over.
        times: How often.

    Raises:
        PromiseBroken: The end of an old connection harmed a new one, something was not told, or a slot was lost.
    """
    watching = await _connect(user)
    socket = await _connect(user)
    for number in range(times):
        run = new_run(user, QUESTION, socket)
        await ask(run, socket)
        await runs.acknowledged(run, NEW_STAYS_WHOLE)
        event = FIVE_EVENTS[number % len(FIVE_EVENTS)]
        await runs.shown(run, event, NEW_STAYS_WHOLE)
        old, socket = socket, await _come_back(user, socket, abruptly=number % 2 == 0)
        tally.add(not any(run.ends(frame) for frame in old.channel.received()))
        if number % len(FIVE_EVENTS) == 1 and world().target.offers("schemas"):
            await _say_something_odd(socket)
        if world().target.offers("resume"):
            await _told_the_rest(run, old, socket)
        await runs.ended(run, watching.channel, NEW_STAYS_WHOLE)
        if not world().target.offers("resume"):
            await runs.stored_end(run, MISSED_IS_TOLD)  # by now one look does it: looks are paid for
    await socket.close()
    await _all_slots_are_free(user, watching)
    await watching.close()


async def _connect(user: User) -> ChatSocket:
    try:
        socket = await connect(user)
    except HandshakeRefused as refusal:
        broken = SLOTS_COME_BACK if refusal.status == TOO_MANY else NEW_STAYS_WHOLE
        raise broken.broken(f"{user} may not connect, with two sockets at most: {refusal}") from None
    await greeted(socket, NEW_STAYS_WHOLE)
    return socket


async def _come_back(user: User, old: ChatSocket, abruptly: bool) -> ChatSocket:
    """Open the new connection while the old one ends."""
    leaving = asyncio.ensure_future(old.drop() if abruptly else old.close())
    try:
        return await _connect(user)
    finally:
        await leaving


async def _say_something_odd(socket: ChatSocket) -> None:
    """Send a frame that no platform knows: that is answered, and is no reason to end a connection."""
    since = len(socket.channel.frames)
    await socket.send({"type": "from_an_old_client"})
    try:
        await socket.channel.wait_for(
            lambda frame: frame.type == "error", runs.patience_s(), "the answer to an odd frame", since
        )
    except PromiseBroken as error:
        raise NEW_STAYS_WHOLE.broken(str(error)) from None


async def _told_the_rest(run: Run, old: ChatSocket, socket: ChatSocket) -> None:
    after = runs.last_seq(old.channel, run.thread_id)
    highest = await runs.resume(socket, str(run.thread_id), after, MISSED_IS_TOLD)
    if not any(run.ends(frame) for frame in old.channel.received()):
        await runs.ended(run, socket.channel, _cause(run, socket, highest))
    runs.nothing_missing(run, [old.channel, socket.channel], MISSED_IS_TOLD)


def _cause(run: Run, socket: ChatSocket, highest: int) -> Check:
    """Find which promise is broken when no end comes: what was replayed is missing, or what happens now."""
    return NEW_STAYS_WHOLE if runs.last_seq(socket.channel, run.thread_id) >= highest else MISSED_IS_TOLD


async def _all_slots_are_free(user: User, watching: ChatSocket) -> None:
    """Open as many sockets as the platform says that a user may have."""
    allowed = _announced(watching, "sockets")
    await close_all(await asyncio.gather(*(_connect(user) for _ in range(max(0, allowed - 1)))))


def _announced(socket: ChatSocket, name: str) -> int:
    """Read a number from the limits in the greeting; 0 where there is none."""
    greeting = socket.channel.received()[0]
    return int((greeting.data.get("limits") or {}).get(name, 0))


async def storm(user: User) -> str:
    """Connect and leave without end, until the platform says that it is enough.

    Args:
        user: Who has a client that has gone wild.

    Returns:
        What happened, for the log.

    Raises:
        PromiseBroken: More upgrades were taken than the platform says that it takes in a minute.
    """
    first = await _connect(user)
    allowed = _announced(first, "upgrades_per_minute")
    await first.close()
    if not allowed:
        return "The platform does not say how often one may connect: no storm."
    refusals: list[HandshakeRefused] = []
    opened = 1

    async def go_on() -> None:
        nonlocal opened
        while not refusals and opened < allowed + MORE_THAN_ALLOWED:
            opened += 1
            try:
                await (await connect(user)).close()
            except HandshakeRefused as refusal:
                refusals.append(refusal)

    await asyncio.gather(*(go_on() for _ in range(STORM_AT_ONCE)))
    if not refusals:
        raise STORM_HELD_BACK.broken(f"{user} connected {opened} times in a row; {allowed} a minute are allowed.")
    if refusals[0].status != TOO_MANY or opened < allowed:
        raise STORM_HELD_BACK.broken(f"{user} was refused after {opened} connects, but so: {refusals[0]}")
    return f"{user} was told to wait after {opened} connects."


async def come_back_together(users: list[User], tally: Tally, times: int) -> None:
    """Let users do that side by side.

    Args:
        users: Who.
        tally: Counts.
        times: How often each.
    """
    await asyncio.gather(*(come_back_again_and_again(user, tally, times) for user in users))

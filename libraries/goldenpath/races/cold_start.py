"""A backend that starts cold, and people who come before it is ready."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PlatformStartError, UsageError
from goldenpath.handles import User
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import NotYet, until
from goldenpath.races import runs
from goldenpath.races.promises import COLD_DATABASE, COLD_START, READY_LETS_IN
from goldenpath.races.sockets import Later, carriers, close_all, come_in, new_run, places
from goldenpath.races.tally import Tally
from goldenpath.targets.dialect import Carrier
from goldenpath.world import world

BACKEND = "backend-1"
QUESTION = "What did we spend on gpt-4o in May 2026?"
COME_AGAIN_S = 0.06
# A start that has just ended is a start still for whoever comes now.
JUST_READY_S = 1.0
STRANGERS = 12
UNAUTHENTICATED = 401


@dataclass(slots=True)
class Start:
    """A start of the backend.

    Args:
        ready_ns: When it said that it was ready; ``None`` before.
    """

    ready_ns: int | None = None

    def is_cold(self, at_ns: int) -> bool:
        """Tell whether the platform was starting at a moment, or had just done so."""
        return self.ready_ns is None or at_ns <= self.ready_ns + round(JUST_READY_S * 1e9)


def own_platform() -> EmbeddedPlatform:
    """Give the platform whose processes may be stopped and started.

    Returns:
        The platform that this run has started.

    Raises:
        UsageError: Somebody else has started it.
    """
    platform = world().platform
    if not isinstance(platform, EmbeddedPlatform):
        raise UsageError("This test starts processes of the platform anew: give it the tag needs-processes.")
    return platform


@asynccontextmanager
async def starting(database_late: bool = False) -> AsyncIterator[Start]:
    """Start the backend anew, from nothing, while a block runs; it is ready at the end of the block.

    Args:
        database_late: Whether PostgreSQL is started only when the backend has missed it for a while.

    Yields:
        The start.

    Raises:
        PromiseBroken: It did not become ready.
    """
    platform, start = own_platform(), Start()
    fault = world().recorder.fault("the backend starts cold")
    await asyncio.to_thread(platform.processes[BACKEND].halt)
    if database_late:
        await asyncio.to_thread(platform.processes["postgres"].halt)
    fault.applied()

    async def until_ready() -> None:
        if database_late:
            await asyncio.to_thread(platform.processes[BACKEND].restart)
            await _misses_its_database()
            await asyncio.to_thread(platform.restart, "postgres")
            await _becomes_ready()
        else:
            await asyncio.to_thread(platform.restart, BACKEND)
        start.ready_ns = time.monotonic_ns()
        fault.healed()

    readiness = asyncio.ensure_future(until_ready())
    try:
        yield start
    finally:
        await readiness


async def start_cold() -> None:
    """Start the backend anew, and come back when it is ready."""
    async with starting():
        pass


async def _misses_its_database() -> None:
    """Wait until the backend answers, and has said for two seconds that it is not ready."""
    seen: list[int] = []

    async def look() -> bool | None:
        with suppress(Exception):
            if (await world().backend.health()).status == 503:
                seen.append(time.monotonic_ns())
        if seen and time.monotonic_ns() - seen[0] > 2_000_000_000:
            return True
        raise NotYet("it does not say so yet")

    await until(look, within_s=20, every_s=0.1, what="the backend's word that it is not ready")


async def _becomes_ready() -> None:
    async def look() -> bool | None:
        try:
            own_platform().processes[BACKEND].check()
        except PlatformStartError as ended:
            raise COLD_DATABASE.broken(f"it gave up: {ended}") from None
        with suppress(Exception):
            if (await world().backend.health()).status == 200:
                return True
        raise NotYet("not ready")

    await until(look, within_s=60, every_s=0.03, what="the backend's readiness")


async def keep_coming(user: User, start: Start, tally: Tally, carrier: Carrier, url: str) -> ChatSocket:
    """Come again and again while the platform starts, until it opens a socket; ask at once, and be answered.

    Args:
        user: Who comes.
        start: The start.
        tally: Counts the connects that somebody was there to answer.
        carrier: How the token travels.
        url: Where to.

    Returns:
        The working connection.

    Raises:
        PromiseBroken: A connect ended otherwise than in a working connection or a clean refusal, or was refused by a
            platform that had said that it is ready.
    """
    run = new_run(user, QUESTION)

    async def look() -> ChatSocket | None:
        said_ready = start.ready_ns is not None
        began_ns = time.monotonic_ns()
        outcome = await come_in(user, COLD_START, carrier=carrier, url=url, run=run)
        if not isinstance(outcome, Later):
            tally.add(start.is_cold(began_ns))
            return outcome
        if said_ready:
            raise READY_LETS_IN.broken(f"{user} was refused by a platform that says it is ready: {outcome.told}")
        if outcome.there:
            tally.add(True)
        raise NotYet(outcome.told)

    socket = await until(look, within_s=60, every_s=COME_AGAIN_S, what=f"a socket for {user}")
    await runs.acknowledged(run, COLD_START)
    await runs.ended(run, socket.channel, COLD_START)
    runs.shows_all_five(run, COLD_START)
    return socket


async def come_during_a_start(users: list[User], tally: Tally) -> None:
    """Let users come while the backend starts: by every way of a token, at every spelling of the address.

    When it is ready, strangers with bad tokens come in a burst, and then everybody once more.

    Args:
        users: Who.
        tally: Counts.

    Raises:
        PromiseBroken: One of them found neither a working connection nor a clean refusal.
    """
    ways = [(carrier, url) for url in places() for carrier in carriers()]
    async with starting() as start:
        sockets = await asyncio.gather(
            *(keep_coming(user, start, tally, *ways[number % len(ways)]) for number, user in enumerate(users))
        )
    await asyncio.gather(*(stranger_comes() for _ in range(STRANGERS)))
    more = await asyncio.gather(*(_comes_in_for_sure(user) for user in users[:4]))
    await close_all([*sockets, *more])


async def _comes_in_for_sure(user: User) -> ChatSocket:
    outcome = await come_in(user, READY_LETS_IN)
    if isinstance(outcome, Later):
        raise READY_LETS_IN.broken(f"{user} was refused by a platform that is ready: {outcome.told}")
    return outcome


async def stranger_comes() -> None:
    """Connect with a token that nobody ever gave.

    Raises:
        PromiseBroken: It opened a socket, or was refused otherwise than with 401.
    """
    channel = world().recorder.channel("a stranger", "race")
    try:
        socket = await ChatSocket.open(
            places()[0], "no-token-at-all", channel=channel, dialect=world().target.dialect, ca_file=world().ca_file
        )
    except HandshakeRefused as refusal:
        if refusal.status != UNAUTHENTICATED:
            raise READY_LETS_IN.broken(f"a stranger was refused with {refusal.status}, promised is 401.") from None
    else:
        await socket.close()
        raise READY_LETS_IN.broken("a stranger without a good token got a socket.")

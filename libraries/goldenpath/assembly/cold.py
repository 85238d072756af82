"""Starts of a backend: what its doors say until it is ready, and what the first runs afterwards come to."""

import asyncio
import time
from typing import Literal

from goldenpath import runtime
from goldenpath.assembly.asking import REST, all_of, ask, entries, good_end_of
from goldenpath.assembly.doors import FIRST_RUN, UNTIL_READY, Doorman, Watch
from goldenpath.assembly.starting import SAVING, states_own_figures
from goldenpath.errors import UsageError
from goldenpath.handles import Run, User
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import until
from goldenpath.WebSocketLibrary import WebSocketLibrary
from goldenpath.world import world

Start = Literal["after a stop", "after a crash", "without the auth service"]

BACKEND, AUTH = "backend-1", "auth"
# So long the platform is watched without a service that it needs, beyond the delay of its start.
_WITHOUT_S = 1.3
_SEEN_WITHIN_S = 30.0


def own_platform() -> EmbeddedPlatform:
    """Give the platform whose processes this run may stop and start.

    Returns:
        The platform.

    Raises:
        UsageError: Somebody else has started it.
    """
    platform = world().platform
    if not isinstance(platform, EmbeddedPlatform):
        raise UsageError("Only processes of the run's own platform can be stopped: tag the test needs-processes.")
    return platform


def start_anew(start: Start, user: User, first: list[User]) -> tuple[Watch, list[Run]]:
    """Start the backend again, knock at its doors meanwhile, and start runs as soon as it reports ready.

    Args:
        start: What went before.
        user: Whose token is shown at the doors.
        first: Who ask first; logged in, not connected. Without any nobody asks.

    Returns:
        What was seen at the doors, and the first runs, all answered.
    """
    platform = own_platform()
    backend, auth = platform.processes[BACKEND], platform.processes[AUTH]
    runs: list[Run] = []

    async def at_ready() -> None:
        runs.extend(await all_of(FIRST_RUN, [_first_run(one, number) for number, one in enumerate(first)]))

    doorman = Doorman(start, user)
    if start == "without the auth service":
        auth.halt()
    if start == "after a crash":
        backend.kill()
        backend.wait_ended(_SEEN_WITHIN_S)
    else:
        backend.halt()
    watching = runtime.submit(doorman.knock_until_open(at_ready))
    try:
        backend.restart()
        if start == "without the auth service":
            try:
                runtime.run(_stays_closed(doorman.watch))
            finally:
                platform.restart(AUTH)
        return watching.result(), runs
    finally:
        watching.cancel()


async def _stays_closed(watch: Watch) -> None:
    """See for a while that the platform does not report ready while the auth service is away."""

    async def look() -> bool | None:
        first_ns = min((knock.asked_ns for knock in watch.knocks), default=0)
        if watch.ready_ns:
            raise UNTIL_READY.broken("the platform reports ready, and the auth service is away")
        return True if first_ns and time.monotonic_ns() - first_ns > _WITHOUT_S * 1e9 else None

    await until(look, within_s=_SEEN_WITHIN_S, every_s=0.05, what="a start without the auth service")


async def _first_run(user: User, number: int) -> Run:
    """Connect and ask, each user in another way."""
    ways = entries()
    carriers = world().target.dialect.upgrade.carriers
    connecting = WebSocketLibrary().start_connecting(user, carriers[number % len(carriers)])
    connecting.awaited = True
    if connecting.work is not None:
        await asyncio.wrap_future(connecting.work)
    way = REST if number == len(ways) - 1 and REST in ways else ways[number % len(ways)]
    run = await ask(user, SAVING, FIRST_RUN, entry=way)
    await good_end_of(run, FIRST_RUN)
    await states_own_figures(run)
    return run

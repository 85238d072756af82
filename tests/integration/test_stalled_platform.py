"""The self-test of measuring: a platform that stands still once for 1.4 s has the p99 that theory gives."""

import asyncio
import math
import secrets
import signal
from collections.abc import AsyncIterator

import pytest

from goldenpath.clients.auth import AuthClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.history.recorder import Recorder
from goldenpath.limits.open_loop import open_loop
from goldenpath.limits.schedule import steady
from goldenpath.limits.statistics import nearest_rank
from goldenpath.platform.embedded import EmbeddedPlatform

RATE = 50.0
SECONDS = 10.0
STALL_S = 1.4
STALL_AT_S = 4.0
WITHIN = 0.05


@pytest.fixture
async def two_sockets(platform: EmbeddedPlatform) -> AsyncIterator[list[ChatSocket]]:
    auth, recorder = AuthClient(platform.auth_url), Recorder()
    reply = await auth.register(f"stall-{secrets.token_hex(6)}@golden-path.test", secrets.token_urlsafe(18))
    token = reply.expect(201).body["access_token"]
    sockets = [
        await ChatSocket.open(platform.ws_urls[0], token, channel=recorder.channel("Ada", name))
        for name in ("open loop", "closed loop")
    ]
    yield sockets
    for socket in sockets:
        await socket.close()
    await auth.close()


async def ping(socket: ChatSocket, ref: str) -> None:
    await socket.send({"type": "ping", "ref": ref})
    await socket.channel.wait_for(
        lambda frame: frame.type == "pong" and frame.data.get("ref") == ref, 10, f"the pong to {ref}"
    )


async def closed_loop(socket: ChatSocket) -> list[float]:
    """Send, wait, send: the naive measurement, which does not ask while the platform stands still."""
    loop = asyncio.get_running_loop()
    took: list[float] = []
    end = loop.time() + SECONDS
    while (began := loop.time()) < end:
        await ping(socket, f"closed-{len(took)}")
        took.append(loop.time() - began)
        next_one = asyncio.Event()
        loop.call_at(began + 1 / RATE, next_one.set)
        await next_one.wait()
    return took


async def test_the_p99_of_a_stall_is_right_and_the_naive_one_is_not(
    platform: EmbeddedPlatform, two_sockets: list[ChatSocket]
) -> None:
    backend = next(process for name, process in platform.processes.items() if name.startswith("backend"))
    loop = asyncio.get_running_loop()
    stalled: list[float] = []

    def signalled(number: signal.Signals) -> None:
        backend.kill(number)
        stalled.append(loop.time())

    loop.call_later(STALL_AT_S, signalled, signal.SIGSTOP)
    loop.call_later(STALL_AT_S + STALL_S, signalled, signal.SIGCONT)
    naive = asyncio.create_task(closed_loop(two_sockets[1]))
    measured = await open_loop(
        steady(RATE, SECONDS), lambda number: ping(two_sockets[0], f"open-{number}"), what="pings"
    )
    naive_p99 = nearest_rank(sorted(await naive), 99)
    if measured.response.void:
        pytest.fail(f"void, so nothing was shown: {measured.response.void}")
    # A ping that is due t seconds into the stall waits for the rest of it; one in a hundred waits longer than p99.
    stall_s = stalled[1] - stalled[0]
    theory = stall_s - math.floor(0.01 * RATE * SECONDS) / RATE
    p99 = nearest_rank(measured.response.ordered(), 99)
    told = f"stall {stall_s:.3f} s: theory {theory:.3f} s, measured {p99:.3f} s, naive {naive_p99:.3f} s"
    print(told)
    assert p99 == pytest.approx(theory, rel=WITHIN), told
    assert naive_p99 < theory / 4, told

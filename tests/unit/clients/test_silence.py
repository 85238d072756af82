"""Silence counts only on a socket that is shown to be alive, and only after its stated time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from local_servers import socket_server
from websockets.asyncio.server import ServerConnection

from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.history.recorder import Channel
from goldenpath.judging import silence
from goldenpath.judging.silence import SILENCE_S, prove_silence

ENDED = json.dumps({"type": "agent_completed", "run_id": "r1", "data": {}})
PONG = json.dumps({"type": "pong", "data": {}})


@asynccontextmanager
async def connected(channel: Channel, *answers: str | None, first: str = ENDED) -> AsyncIterator[ChatSocket]:
    """A socket on which something was said; each ping is answered by the next answer, ``None`` closes."""

    async def handle(connection: ServerConnection) -> None:
        await connection.send(first)
        left = iter(answers)
        async for _ in connection:
            reply = next(left, "")
            if reply is None:
                await connection.close(1001)
            elif reply:
                await connection.send(reply)

    async with socket_server(handle) as url:
        socket = await ChatSocket.open(url, "t0k", channel=channel)
        await channel.wait_for(lambda _: True, 5, "the first frame")
        yield socket
        await socket.close()


async def test_the_time_after_the_end_is_waited_for_then_a_pong_proves_the_socket(channel: Channel) -> None:
    async with connected(channel, PONG) as socket:
        await prove_silence([socket])
    types = [frame.type for frame in channel.frames]
    assert types == ["agent_completed", "ping", "pong"]
    assert channel.frames[1].at_ns - channel.frames[0].at_ns >= SILENCE_S * 1e9


async def test_what_comes_in_that_time_is_in_the_history(channel: Channel) -> None:
    async with connected(channel, json.dumps({"type": "agent_thinking", "run_id": "r1"}), PONG) as socket:
        await socket.send({"type": "anything"})
        await prove_silence([socket])
    assert [frame.type for frame in channel.received()] == ["agent_completed", "agent_thinking", "pong"]


async def test_without_an_ended_run_there_is_nothing_to_wait_for(channel: Channel) -> None:
    async with connected(channel, PONG, first='{"type": "connection_established"}') as socket:
        began = time.monotonic()
        await prove_silence([socket])
        assert time.monotonic() - began < SILENCE_S


async def test_the_silence_of_a_dead_socket_proves_nothing(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "_PONG_WITHIN_S", 0.1)
    async with connected(channel) as socket:
        with pytest.raises(PromiseBroken, match=r"a pong on ada's socket did not arrive within 0\.1 s"):
            await prove_silence([socket])


async def test_a_socket_that_closes_meanwhile_can_carry_nothing_more(channel: Channel) -> None:
    async with connected(channel, None) as socket:
        await asyncio.wait_for(prove_silence([socket]), 3)
    assert channel.closed is not None
    assert channel.closed.code == 1001

"""A bare WebSocket server in a process of its own: sends event frames on demand. The benchmarks start it themselves.

It understands ``{"stream": N}`` (N frames as fast as they go, then close) and ``{"after_s": S}`` (one frame S seconds
later). It prints its port and ends when its standard input does.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop
from websockets.asyncio.server import ServerConnection, serve

EVENT = {
    "type": "agent_thinking",
    "event_id": "019a0000-0000-7000-8000-000000000001",
    "timestamp": "2026-11-21T05:12:01.123Z",
    "user_id": "019a0000-0000-7000-8000-000000000002",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "seq": 7,
    "thread_id": "019a0000-0000-7000-8000-000000000003",
    "run_id": "019a0000-0000-7000-8000-000000000004",
    "data": {"agent": "data", "step": 2, "reasoning": "Reading usage of May by model", "progress": 0.4},
}


async def handle(connection: ServerConnection) -> None:
    event = json.dumps(EVENT)
    async for text in connection:
        asked = json.loads(text)
        if "stream" in asked:
            for _ in range(asked["stream"]):
                await connection.send(event)
            return
        await asyncio.wait([asyncio.create_task(connection.wait_closed())], timeout=asked["after_s"])
        await connection.send(event)


async def main() -> None:
    loop = asyncio.get_running_loop()
    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Iterator[str]:
    """Start the server in a process of its own; gives its address."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"ws://127.0.0.1:{process.stdout.readline().strip()}"
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    uvloop.run(main())

"""What recording costs: ChatSocket against a bare `websockets` client, on the same stream of event frames."""

import argparse
import json
import statistics
import time
from collections.abc import Awaitable, Callable

import frame_server
from websockets.asyncio.client import connect

from goldenpath import runtime
from goldenpath.clients.chat import ChatSocket
from goldenpath.history.recorder import Recorder

TARGET = 1.2


async def bare(url: str, frames: int) -> None:
    async with connect(url, proxy=None, compression=None, max_queue=None, ping_interval=None) as connection:
        await connection.send(json.dumps({"stream": frames}))
        received = 0
        async for _ in connection:
            received += 1
    assert received == frames


async def recorded(url: str, frames: int) -> None:
    channel = Recorder().channel("ada", "socket")
    socket = await ChatSocket.open(url, None, channel=channel)
    await socket.send({"stream": frames})
    await channel.wait_closed(60)
    await socket.close()
    assert len(channel.frames) == frames + 1


async def timed(client: Callable[[str, int], Awaitable[None]], url: str, frames: int) -> tuple[float, float]:
    """Microseconds an event, of the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    await client(url, frames)
    return (time.perf_counter() - clock) * 1e6 / frames, (time.process_time() - processor) * 1e6 / frames


async def measure(url: str, pairs: int, frames: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    for client in (bare, recorded):  # not counted: the first ones warm up
        await client(url, frames)
    found = []
    for pair in range(pairs):
        if pair % 2:
            second, first = await timed(recorded, url, frames), await timed(bare, url, frames)
        else:
            first, second = await timed(bare, url, frames), await timed(recorded, url, frames)
        found.append((first, second))
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=20, help="pairs of runs, in turns (default 20)")
    options.add_argument("--frames", type=int, default=10_000, help="events in each run (default 10000)")
    chosen = options.parse_args()
    with frame_server.running() as url:
        found = runtime.run(measure(url, chosen.pairs, chosen.frames))
    size = len(json.dumps(frame_server.EVENT))
    print(f"{chosen.pairs} pairs in turns, {chosen.frames} events of {size} bytes, server in another process\n")
    print(f"{'us per event (median)':24}{'bare':>8}{'recorded':>10}{'ratio: median':>16}{'lowest':>9}{'highest':>9}")
    medians = []
    for place, name in enumerate(("clock", "processor time")):
        ratios = sorted(second[place] / first[place] for first, second in found)
        medians.append(statistics.median(ratios))
        alone = statistics.median(first[place] for first, _ in found)
        kept = statistics.median(second[place] for _, second in found)
        print(f"{name:24}{alone:8.2f}{kept:10.2f}{medians[-1]:16.3f}{ratios[0]:9.3f}{ratios[-1]:9.3f}")
    print(f"\nTarget: at most {TARGET} times a bare client: {'reached' if max(medians) <= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()

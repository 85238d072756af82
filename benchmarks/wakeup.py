"""How soon a waiting thread goes on: from a frame's stamp to the return of `runtime.run(channel.wait_for(...))`."""

import argparse
import random
import statistics
import time

import frame_server

from goldenpath import runtime
from goldenpath.clients.chat import ChatSocket
from goldenpath.history.recorder import Recorder

TARGET_MS = 2.0


def measure(url: str, frames: int) -> list[float]:
    channel = Recorder().channel("ada", "socket")
    socket = runtime.run(ChatSocket.open(url, None, channel=channel))
    took_ms = []
    for _ in range(frames):
        since = len(channel.frames)
        runtime.run(socket.send({"after_s": random.uniform(0.001, 0.030)}))
        frame = runtime.run(channel.wait_for(lambda frame: frame.type == "agent_thinking", 5, "the event", since))
        took_ms.append((time.monotonic_ns() - frame.at_ns) / 1e6)
    runtime.run(socket.close())
    return took_ms


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, default=500, help="frames, each after a random 1 to 30 ms (default 500)")
    chosen = options.parse_args()
    with frame_server.running() as url:
        took_ms = measure(url, chosen.frames)
    median, p99 = statistics.median(took_ms), statistics.quantiles(took_ms, n=100)[98]
    print(f"{len(took_ms)} frames at random moments, server in another process")
    print(f"stamp to waking: median {median:.3f} ms, p99 {p99:.3f} ms, longest {max(took_ms):.3f} ms")
    print(f"Target: median at most {TARGET_MS:g} ms: {'reached' if median <= TARGET_MS else 'MISSED'}")


if __name__ == "__main__":
    main()

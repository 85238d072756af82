"""Many users with a socket each: how soon they are answered, how many are too many, and what a socket costs.

    python benchmarks/load.py --users 200 --instances 2 --interval 20 --duration 60

Open loop: when each question should be sent is settled before, from a seed, and times count from then, so that a slow
platform cannot slow down the asking. Everything runs on this machine's loopback: the stores, the mocked LLM and this
generator share its processors with the platform. Each user keeps to one instance. The percentiles are by nearest rank.
The memory that is left is read after the stated load, with the users gone; for the search they come back.
A measurement is void when the generator's own loop was late by more than 10 ms at the 99th percentile.
"""

import argparse
import asyncio
import math
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import asyncpg
import httpx
import uvloop
from load_user import Ask, LoadUser

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import NotYet, until
from goldenpath.usage_data import make_usage

FIRST_EVENT_P95_S = 0.5
LAG_P99_S = 0.010
SOCKET_BYTES = 100_000
LEFTOVER = 1.10
PROBE_S = 0.005
SETTLE_S = 5.0
DRAIN_S = 60.0
REGISTER_AT_ONCE = 8
STEP = 1.5
BISECTIONS = 2
MOST_PER_USER = 0.8  # questions a second; the platform allows 1


@dataclass
class Measured:
    """What one stretch of load gave."""

    rate: float
    asks: list[Ask] = field(repr=False)
    lags: list[float] = field(repr=False)

    def complete(self) -> int:
        """Count the questions that got a complete answer."""
        return sum(ask.end == "agent_completed completed" for ask in self.asks)

    def first_events(self) -> list[float]:
        """Give the seconds from when each question was due to its run's first event after the ack."""
        return [math.inf if ask.first_event is None else ask.first_event - ask.intended for ask in self.asks]

    def totals(self) -> list[float]:
        """Give the seconds from when each question was due to its run's end."""
        return [math.inf if ask.ended is None else ask.ended - ask.intended for ask in self.asks]

    def void(self) -> bool:
        """See whether the generator was too late to be believed."""
        return nearest_rank(self.lags, 99) > LAG_P99_S

    def good(self) -> bool:
        """See whether everything was answered, and soon enough."""
        return self.complete() == len(self.asks) and nearest_rank(self.first_events(), 95) <= FIRST_EVENT_P95_S


def nearest_rank(values: list[float], percent: float) -> float:
    """Give a percentile: the smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else math.nan


class LagProbe:
    """Measures how late this process's loop runs what is due."""

    def __init__(self) -> None:
        self.lags: list[float] = []
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None

    def __enter__(self) -> "LagProbe":
        self._next(self._loop.time() + PROBE_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _next(self, due: float) -> None:
        self._handle = self._loop.call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        now = self._loop.time()
        self.lags.append(now - due)
        self._next(max(due, now) + PROBE_S)


async def load(users: list[LoadUser], rate: float, duration_s: float, seed: int) -> Measured:
    """Let each user ask at its times, and wait for the answers."""
    loop = asyncio.get_running_loop()
    chance = random.Random(seed)
    interval_s = len(users) / rate
    begin = loop.time() + 0.5
    sending: set[asyncio.Task[None]] = set()

    def send(user: LoadUser, intended: float, number: int) -> None:
        task = asyncio.create_task(user.ask(intended, number))
        sending.add(task)
        task.add_done_callback(sending.discard)

    wanted = 0
    for user in users:
        user.forget()
        moment = chance.uniform(0, interval_s)
        while moment < duration_s:
            loop.call_at(begin + moment, send, user, begin + moment, wanted)
            wanted += 1
            moment += interval_s

    async def all_ended() -> bool:
        asks = [ask for user in users for ask in user.asks.values()]
        left = wanted - sum(ask.ended is not None for ask in asks)
        if left:
            raise NotYet(f"{left} of {wanted} questions without an end")
        return True

    with LagProbe() as probe:
        try:
            within_s = 0.5 + duration_s + DRAIN_S
            await until(all_ended, within_s=within_s, every_s=0.25, what="the end of every run")
        except Exception as error:
            print(f"  {error}")
    return Measured(rate, [ask for user in users for ask in user.asks.values()], probe.lags)


async def search(users: list[LoadUser], base: Measured, window_s: float, stop_at: float, seed: int) -> float:
    """Find the highest rate that keeps the first event in time: up by half, then between the last two, twice."""
    good, bad = (base.rate, None) if base.good() else (0.0, base.rate)
    rate, halvings = (base.rate * STEP if base.good() else base.rate / 2), 0
    while halvings < BISECTIONS + 1 and time.monotonic() + window_s < stop_at:
        if rate > len(users) * MOST_PER_USER:
            print("  the search ends here: more would go against the rate that each user is allowed")
            break
        measured = await load(users, rate, window_s, seed)
        print(f"  {line(measured)}")
        if measured.void():
            print("  void: the generator itself was late; the search ends here")
            break
        if measured.good():
            good = rate
        else:
            bad = rate
        if bad is None:
            rate *= STEP
        else:
            halvings += 1
            rate = (good + bad) / 2
    else:
        if time.monotonic() + window_s >= stop_at:
            print("  out of time: the search ends here")
    return good


def line(measured: Measured) -> str:
    first, total = measured.first_events(), measured.totals()
    figures = "  ".join(
        f"{name} {nearest_rank(first, percent):.3f}/{nearest_rank(total, percent):.3f}"
        for name, percent in (("p50", 50), ("p95", 95), ("p99", 99))
    )
    return (
        f"{measured.rate:6.1f} runs/s: {measured.complete()} of {len(measured.asks)} complete;"
        f" first event/total s {figures}; lag p99 {nearest_rank(measured.lags, 99) * 1000:.1f} ms"
    )


async def scraped(http: httpx.AsyncClient, platform: EmbeddedPlatform, name: str) -> float:
    """Add up a metric over all instances."""
    found = 0.0
    for url in platform.backend_urls:
        text = (await http.get(f"{url}/metrics")).raise_for_status().text
        found += sum(float(row.rpartition(" ")[2]) for row in text.splitlines() if row.startswith(f"{name} "))
    return found


async def settled_memory(http: httpx.AsyncClient, platform: EmbeddedPlatform, sockets: int) -> float:
    """Read the backends' memory once so many sockets are open and nothing has changed for a while."""
    loop = asyncio.get_running_loop()
    since, last = loop.time(), -1.0

    async def look() -> float:
        nonlocal since, last
        if await scraped(http, platform, "gp_ws_connections") != sockets:
            raise NotYet("not that many sockets")
        memory = await scraped(http, platform, "process_resident_memory_bytes")
        if abs(memory - last) > 64 * 1024:
            since, last = loop.time(), memory
        return memory if loop.time() - since > SETTLE_S / 5 else -1.0

    async def settled() -> float | None:
        memory = await look()
        return memory if memory > 0 else None

    return await until(settled, within_s=4 * SETTLE_S, every_s=0.2, what=f"memory that settles with {sockets} sockets")


async def registered(platform: EmbeddedPlatform, count: int, seed: int) -> list[LoadUser]:
    """Make users, each with usage of a tenant of its own."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        users: list[LoadUser] = []
        places = [platform.ws_urls[number % len(platform.ws_urls)] for number in range(count)]
        for first in range(0, count, REGISTER_AT_ONCE):
            some = places[first : first + REGISTER_AT_ONCE]
            users += await asyncio.gather(*(LoadUser.register(http, platform.auth_url, url) for url in some))
    rows = [
        (r.day, r.provider, r.model, r.requests, r.input_tokens, r.output_tokens, r.cost_usd, r.latency_ms)
        for r in make_usage(seed)
    ]
    db = await asyncpg.connect(platform.postgres_url)
    await db.executemany(
        "INSERT INTO usage_records (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens,"
        " cost_usd, latency_ms) SELECT gen_random_uuid(), t, $2, $3, $4, $5, $6, $7, $8, $9 FROM unnest($1::uuid[]) t",
        [([user.tenant_id for user in users], *row) for row in rows],
    )
    await db.execute("ANALYZE usage_records")
    await db.close()
    return users


async def warmed(platform: EmbeddedPlatform, seed: int) -> None:
    """Ask each instance one question, so that what is loaded at the first question is loaded."""
    users = await registered(platform, len(platform.ws_urls), seed)
    for user in users:
        await user.enter()
    await load(users, len(users), 1.0, seed)
    for user in users:
        await user.leave()


async def left_over(
    http: httpx.AsyncClient, platform: EmbeddedPlatform, control: EmbeddedPlatform, users: list[LoadUser]
) -> float:
    """Let all users leave, and compare the backends' memory with that of backends that had nobody to serve."""
    await asyncio.gather(*(user.leave() for user in users))
    left = await settled_memory(http, platform, 0)
    idle = await settled_memory(http, control, 0)
    print(
        f"memory after they left: {left / 1e6:.1f} MB, idle control of the same age {idle / 1e6:.1f} MB"
        f" ({left / idle:.3f})"
    )
    return left / idle


def slope(points: list[tuple[int, float]]) -> float:
    """Fit a line by least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


async def measure(options: argparse.Namespace, platform: EmbeddedPlatform, control: EmbeddedPlatform) -> bool:
    stop_at = time.monotonic() + options.at_most
    await warmed(platform, options.seed)
    await warmed(control, options.seed)
    users = await registered(platform, options.users, options.seed)
    reached = []
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        points = []
        entered = 0
        for count in (len(users) // 3, 2 * len(users) // 3, len(users)):
            await asyncio.gather(*(user.enter() for user in users[entered:count]))
            entered = count
            points.append((count, await settled_memory(http, platform, count)))
        cost = slope(points)
        reached.append(cost <= SOCKET_BYTES)
        told = ", ".join(f"{count}: {memory / 1e6:.1f} MB" for count, memory in points)
        print(f"memory per idle socket: {cost / 1000:.1f} KB ({told}); at most 100 KB: {verdict(reached[-1])}")

        base = await load(users, options.users / options.interval, options.duration, options.seed)
        print(f"{line(base)}\n  ends: {dict(Counter(ask.end or 'none' for ask in base.asks))}")
        if base.void():
            print("VOID: the generator's own loop was late by more than 10 ms at p99; nothing can be said")
            return False
        reached.append(base.good())
        print(f"  every run complete, p95 of first event at most 0.5 s: {verdict(reached[-1])}")

        left = await left_over(http, platform, control, users)
        reached.append(left <= LEFTOVER)
        print(f"  at most {LEFTOVER:.2f} of the idle control: {verdict(reached[-1])}")

        if options.window:
            await asyncio.gather(*(user.enter() for user in users))
            print(f"highest rate, in windows of {options.window:g} s:")
            highest = await search(users, base, options.window, stop_at, options.seed)
            print(f"highest rate with p95 of first event at most 0.5 s: {highest:.1f} runs/s")
            print("after the overload of the search, for which nothing is promised:")
            await left_over(http, platform, control, users)
    errors = platform.error_lines()
    reached.append(not errors)
    print(f"ERROR lines: {len(errors)}; none: {verdict(reached[-1])}")
    for error in errors[:5]:
        print(f"  {error[:300]}")
    return all(reached)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=200, help="users with a socket each (default: 200)")
    parser.add_argument("--instances", type=int, default=2, help="backend instances (default: 2)")
    parser.add_argument("--interval", type=float, default=20.0, help="seconds between two questions of a user")
    parser.add_argument("--duration", type=float, default=60.0, help="seconds of load (default: 60)")
    parser.add_argument("--window", type=float, default=10.0, help="seconds for each rate of the search; 0: no search")
    parser.add_argument("--at-most", type=float, default=300.0, help="seconds after which the search ends")
    parser.add_argument("--seed", type=int, default=1, help="settles when each question is sent")
    options = parser.parse_args()
    print(
        f"{options.users} users, {options.instances} instances, seed {options.seed}; {os.cpu_count()} cores,", end=" "
    )
    print(f"load average before: {os.getloadavg()[0]:.2f}")
    started = PlatformOptions(instances=options.instances)
    control = EmbeddedPlatform.start(started)
    platform = EmbeddedPlatform.start(started)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return 0 if runner.run(measure(options, platform, control)) else 1
    finally:
        platform.stop()
        control.stop()


if __name__ == "__main__":
    sys.exit(main())

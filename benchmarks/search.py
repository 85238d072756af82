"""How long a search takes for a user with many messages, among others who have many as well.

    python benchmarks/search.py --messages 100000 --requests 60

A platform is started, its database filled (by COPY, then ANALYZE), and one user asks for first pages over HTTP, one
request after the other: the time of each is from sending it to having read the answer. More requests than a user's
bucket holds are paid for by waiting, which is not counted.
"""

import argparse
import asyncio
import itertools
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from sut.common.ids import new_id
from sut.common.timing import pause
from sut.store.search import entries

BUDGET_MS = 100.0
VOCABULARY = 20_000
WORDS_A_MESSAGE = 14
MESSAGES_A_THREAD = 200
BATCH = 10_000
# what is asked for; a word's number is its rank: w0 stands in nearly every message, w19999 in hardly any
KINDS = {
    "a word of most messages": "w0",
    "two words of most messages": "w0 w1",
    "a common and a rare word": "w0 w9000",
    "a rare word": "w15000",
    "eight words": "w0 w1 w2 w3 w4 w5 w6 w7",
    "two words that never meet": "even odd",
    "a word that only others use": "theirs",
    "a word that nobody uses": "nobody",
}


class Writer:
    """Makes up messages, by the same numbers each time."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        ranks = range(VOCABULARY)
        self._words = [f"w{rank}" for rank in ranks]
        self._weights = list(itertools.accumulate(1 / (rank + 1) for rank in ranks))

    def message(self, number: int, *extra: str) -> str:
        """Make up one message."""
        words = self._random.choices(self._words, cum_weights=self._weights, k=WORDS_A_MESSAGE)
        return " ".join([*words, "odd" if number % 2 else "even", *extra])


async def fill(url: str, writer: Writer, tenant_id: UUID, user_id: UUID, count: int, *extra: str) -> None:
    """Store a user's messages."""
    connection = await asyncpg.connect(url)
    whose = (tenant_id, user_id)
    for first in range(0, count, BATCH):
        threads, messages, words = [], [], []
        for number in range(first, min(first + BATCH, count)):
            if number % MESSAGES_A_THREAD == 0:
                threads.append((new_id(), *whose))
            message_id, content = new_id(), writer.message(number, *extra)
            place = (threads[-1][0], number % MESSAGES_A_THREAD + 1)
            messages.append((message_id, *whose, *place, "user", content, "0" * 32, datetime.now(UTC)))
            words.append((message_id, *whose, place[0], "user", datetime.now(UTC), entries(user_id, content)))
        await connection.copy_records_to_table("threads", records=threads, columns=["id", "tenant_id", "user_id"])
        await connection.copy_records_to_table(
            "messages",
            records=messages,
            columns=["id", "tenant_id", "user_id", "thread_id", "seq", "role", "content", "trace_id", "created_at"],
        )
        await connection.copy_records_to_table(
            "message_words",
            records=words,
            columns=["message_id", "tenant_id", "user_id", "thread_id", "role", "created_at", "words"],
        )
    await connection.execute("ANALYZE")
    await connection.close()


async def new_user(platform: EmbeddedPlatform) -> tuple[UUID, UUID, str]:
    """Register a user: tenant, user, access token."""
    body = {"email": f"{new_id()}@example.com", "password": f"Long-enough-{new_id()}"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{platform.auth_url}/auth/register", json=body)
    told = answer.raise_for_status().json()
    return UUID(told["user"]["tenant_id"]), UUID(told["user"]["id"]), told["access_token"]


async def ask(platform: EmbeddedPlatform, token: str, requests: int) -> dict[str, list[float]]:
    """Search so many times, and time each request in milliseconds."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    async with httpx.AsyncClient(
        base_url=platform.backend_urls[0], headers={"Authorization": f"Bearer {token}"}
    ) as http:
        for kind in itertools.islice(itertools.cycle(KINDS), requests):
            while True:
                began = time.perf_counter()
                answer = await http.get("/api/messages/search", params={"q": KINDS[kind]})
                took_ms = (time.perf_counter() - began) * 1000
                if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    break
                await pay(float(answer.headers["Retry-After"]))
            answer.raise_for_status()
            times[kind].append(took_ms)
    return times


async def pay(seconds: float) -> None:
    """Wait until the user's bucket holds enough again."""
    await pause(seconds)


async def measure(messages: int, requests: int) -> bool:
    """Fill, ask, print."""
    platform = EmbeddedPlatform.start(PlatformOptions())
    writer = Writer()
    tenant_id, user_id, token = await new_user(platform)
    began = time.monotonic()
    await fill(platform.postgres_url, writer, tenant_id, user_id, messages)
    for _ in range(10):
        other_tenant, other_user, _ = await new_user(platform)
        await fill(platform.postgres_url, writer, other_tenant, other_user, messages // 10, "theirs")
    print(f"filled in {time.monotonic() - began:.0f} s: {messages} messages of the user, as many of ten others")
    times = await ask(platform, token, requests)
    for kind, values in times.items():
        print(f"  {kind:<30} n {len(values):>3}  median {statistics.median(values):7.1f} ms  max {max(values):7.1f} ms")
    every = sorted(itertools.chain.from_iterable(times.values()))
    p95 = every[max(0, -(-95 * len(every) // 100) - 1)]
    print(f"  {'all':<30} n {len(every):>3}  median {statistics.median(every):7.1f} ms  p95 {p95:7.1f} ms")
    print(f"Target: p95 at most {BUDGET_MS:g} ms: {'reached' if p95 <= BUDGET_MS else 'MISSED'}")
    platform.stop()
    return p95 <= BUDGET_MS


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000, help="of the user who searches (default: 100000)")
    parser.add_argument("--requests", type=int, default=64, help="how many searches (default: 64)")
    options = parser.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    return 0 if asyncio.run(measure(options.messages, options.requests)) else 1


if __name__ == "__main__":
    sys.exit(main())

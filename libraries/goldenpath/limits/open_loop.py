"""Does things at moments that were settled before, and measures them from when they were due."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldenpath.errors import PromiseBroken
from goldenpath.limits.samples import Durations
from goldenpath.limits.statistics import nearest_rank

PROBE_EVERY_S = 0.02
LATE_P99_S = 0.010
BUSIEST = 0.80


class GeneratorWatch:
    """Watches whether this process itself was too slow for its measurements to be believed.

    Attributes:
        lags: How late the loop ran what was due, in seconds.
    """

    def __init__(self) -> None:
        self.lags: list[float] = []
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._began = self._used = 0.0
        self.share = 0.0

    def __enter__(self) -> "GeneratorWatch":
        self._began, self._used = time.monotonic(), time.process_time()
        self._next(self._loop.time() + PROBE_EVERY_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self.share = (time.process_time() - self._used) / max(1e-9, time.monotonic() - self._began)

    def void(self) -> str:
        """Say why the measurements may not be believed; empty if they may."""
        late = nearest_rank(sorted(self.lags), 99)
        if late > LATE_P99_S:
            return f"the generator's own loop was {late * 1000:.0f} ms late at p99 ({LATE_P99_S * 1000:g} ms allowed)"
        if self.share > BUSIEST:
            return f"the generator used {self.share:.0%} of a processor ({BUSIEST:.0%} allowed)"
        return ""

    def _next(self, due: float) -> None:
        self._handle = self._loop.call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        now = self._loop.time()
        self.lags.append(now - due)
        self._next(max(due, now) + PROBE_EVERY_S)


@dataclass
class OpenLoop:
    """What an open loop measured.

    Args:
        response: From when each was due to its end: what a user sees.
        service: From when each was really begun to its end; what lies between the two is the generator's own delay.
        failures: What went wrong, by the number of the moment.
    """

    response: Durations
    service: Durations
    failures: dict[int, str] = field(default_factory=dict)


async def open_loop(
    moments: Sequence[float],
    act: Callable[[int], Awaitable[object]],
    *,
    what: str,
    drain_s: float = 10.0,
    lead_s: float = 0.1,
) -> OpenLoop:
    """Begin something at each moment, whatever became of the ones before, and measure each from its moment.

    Args:
        moments: Seconds from the beginning, ascending.
        act: Does it; gets the number of the moment. A broken promise counts as never ended.
        what: What is measured, as a verdict will name it.
        drain_s: Seconds to wait after the last moment; what has not ended then is cut off and counts as infinite.
        lead_s: Seconds before the first moment, to set everything up.

    Returns:
        The measurements; void if this process was too slow for them.
    """
    loop = asyncio.get_running_loop()
    measured = OpenLoop(Durations(what), Durations(what))
    begin = loop.time() + lead_s
    tasks: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        sent = loop.time()
        try:
            await act(number)
        except (PromiseBroken, asyncio.CancelledError) as failure:
            now = loop.time()
            measured.response.add_unended(now - due)
            measured.service.add_unended(now - sent)
            measured.failures[number] = str(failure) or "cut off"
            return
        now = loop.time()
        measured.response.add(now - due)
        measured.service.add(now - sent)

    def begin_one(work: Coroutine[Any, Any, None]) -> None:
        tasks.add(loop.create_task(work))

    with GeneratorWatch() as watch:
        for number, moment in enumerate(moments):
            loop.call_at(begin + moment, begin_one, one(number, begin + moment))
        last = asyncio.Event()
        loop.call_at(begin + (moments[-1] if moments else 0.0), last.set)
        await last.wait()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
    errors = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    if errors:
        raise errors[0]
    measured.response.void = measured.service.void = watch.void()
    return measured

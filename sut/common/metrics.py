"""Metrics in Prometheus' text form, read from the things themselves when somebody asks: nothing is counted twice."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Metric:
    """One named figure of this process.

    Args:
        name: Its name.
        kind: ``gauge``: how it stands now; ``counter``: only rises.
        meaning: In plain words, one line.
        read: Gives it now: a number, or with a label the number of each of the label's values. ``None``: unknown here.
        label: The label's name; empty: the metric has none.
    """

    name: str
    kind: Literal["gauge", "counter"]
    meaning: str
    read: Callable[[], float | Mapping[str, float] | None]
    label: str = ""


def exposition(metrics: Sequence[Metric]) -> str:
    """Write metrics as Prometheus reads them (text form 0.0.4).

    Args:
        metrics: What is told.

    Returns:
        The text. Label values are the platform's own words: none of them needs escaping.
    """
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {metric.kind}"]
        value = metric.read()
        if isinstance(value, Mapping):
            lines += [f'{metric.name}{{{metric.label}="{key}"}} {one:.17g}' for key, one in sorted(value.items())]
        elif value is not None:
            lines.append(f"{metric.name} {value:.17g}")
    return "\n".join(lines) + "\n"


def metrics_route(metrics: Sequence[Metric]) -> Route:
    """Make the route ``/metrics``.

    Args:
        metrics: What it tells besides this process's memory.

    Returns:
        The route; it needs no token, as health does not.
    """
    told = [*metrics, _MEMORY]

    async def show(_request: Request) -> Response:
        return Response(exposition(told), media_type=MEDIA_TYPE)

    return Route("/metrics", show)


def pool_metric(read: Callable[[], Mapping[str, float]]) -> Metric:
    """Make the metric of the database connections, which every service has.

    Args:
        read: Counts them by state.

    Returns:
        The metric.
    """
    return Metric("gp_db_pool", "gauge", "Database connections lent, and free to be lent.", read, "state")


def resident_bytes() -> float | None:
    """Measure this process's memory.

    Returns:
        Bytes of it that are in RAM; ``None`` where the system has no ``/proc``.
    """
    try:
        pages = int(_STATM.read_text().split()[1])
    except OSError:
        return None
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


_MEMORY = Metric("process_resident_memory_bytes", "gauge", "Memory of this process in RAM, in bytes.", resident_bytes)

"""The platform's own counts of what it holds, summed over its instances."""

import re
from collections import Counter
from collections.abc import Mapping

from goldenpath.checks import check

RELEASED = check("everything-released", "What a run created is released: the platform's counts come back.")
SLOTS_FREE = check("slots-free-again", "Sockets and run slots of a user are free again after any end.")

# What must be back within 5 s after the last user left (contract section 1).
WITHIN_S = 5.0
COUNTED = ("gp_ws_connections", "gp_contexts", "gp_runs", "gp_queue_depth", "gp_router_handlers", "gp_db_pool")
_LINE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?P<labels>\{[^}]*\})?\s+(?P<value>[-+0-9.eE]+)")


def read_gauges(text: str) -> dict[str, float]:
    """Read the counts of one instance.

    Args:
        text: What ``/metrics`` answers.

    Returns:
        The value by name and labels, of the names in `COUNTED` only.
    """
    found: dict[str, float] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and match["name"] in COUNTED:
            found[match["name"] + (match["labels"] or "")] = float(match["value"])
    return found


def add_up(instances: list[dict[str, float]]) -> dict[str, float]:
    """Sum the counts of several instances.

    Args:
        instances: One mapping each.

    Returns:
        The sums.

    Raises:
        PromiseBroken: A count that is promised is missing.
    """
    total: Counter[str] = Counter()
    for counts in instances:
        total.update(counts)
    told = {name.partition("{")[0] for name in total}
    missing = [name for name in COUNTED if name not in told]
    if missing:
        raise RELEASED.broken(f"/metrics does not tell {', '.join(missing)}")
    return dict(total)


def moved(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Tell which counts are not where they were.

    Args:
        before: At the beginning.
        after: Now.

    Returns:
        A sentence; empty when none has moved.
    """
    names = sorted(set(before) | set(after))
    parts = [f"{n} was {before.get(n, 0):g} and is {after.get(n, 0):g}" for n in names if before.get(n) != after.get(n)]
    return "; ".join(parts)

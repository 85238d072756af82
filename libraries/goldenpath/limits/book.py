"""The promises in figures: `resources/limits/limits.toml` is their only home."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from goldenpath.errors import UsageError
from goldenpath.project import RESOURCES

LIMITS_FILE = RESOURCES / "limits" / "limits.toml"

# integration_max_s: what it is about, the statistic, the unit
_BOUND = re.compile(r"(?:(?P<group>[a-z]+)_)?(?P<statistic>max|mean|average|p\d+|min)_(?P<unit>s|mb|rate|count|leaks)")
_FLOOR = re.compile(r"floor_(s|rate)")
_WORDS = ("measured", "not_counted")
_LISTS = ("plans",)


@dataclass(frozen=True, slots=True)
class Bound:
    """One figure of a limit, and what it is a figure of.

    Args:
        name: As the file calls it, for example ``p95_s``.
        statistic: ``max``, ``mean``, ``p95``, ``min`` …
        unit: ``s``, ``mb``, ``rate``, ``count`` or ``leaks``.
        value: The figure, in that unit.
        floor: The looser figure that a foreign target may still keep and be called degraded; ``None``: there is none.
        n: Fewest observations before this may be called kept; 0: the statistic's own minimum.
    """

    name: str
    statistic: str
    unit: str
    value: float
    floor: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Limit:
    """One promised figure, or several of one thing.

    Args:
        id: The requirement id, for example ``limit-first_event``.
        values: The figures as the file states them, units in their names (``max_s``: seconds).
    """

    id: str
    values: Mapping[str, Any]

    @property
    def max_s(self) -> float:
        """The longest time in seconds that one sample may take."""
        return float(self.value("max_s"))

    def value(self, name: str) -> float:
        """Give one figure of the limit.

        Args:
            name: Its name in the file, for example ``journey_max_s``.

        Returns:
            The figure, in the unit that the name ends with.

        Raises:
            UsageError: The limit has no such figure.
        """
        if name not in self.values:
            raise UsageError(f"{self.id} in {LIMITS_FILE.name} has no '{name}'; it has {', '.join(self.values)}.")
        return float(self.values[name])

    def bounds(self, group: str = "") -> list[Bound]:
        """Give the figures that measurements are held against.

        Args:
            group: For a limit with figures for several things (``journey_max_s``): which of them.

        Returns:
            One for each figure.

        Raises:
            UsageError: The limit has no figures of that group.
        """
        found = []
        for name, value in self.values.items():
            match = _BOUND.fullmatch(name)
            if match is None or (match["group"] or "") != group:
                continue
            statistic = "mean" if match["statistic"] == "average" else match["statistic"]
            floor = self.values.get(f"floor_{match['unit']}")
            enough: Mapping[str, int] = self.values.get("n", {})
            found.append(
                Bound(name, statistic, match["unit"], float(value), floor, _fewest(enough, statistic, match["unit"]))
            )
        if not found:
            groups = sorted({match["group"] or "" for name in self.values if (match := _BOUND.fullmatch(name))})
            raise UsageError(f"{self.id} has no figures of the group '{group}'; its groups: {', '.join(groups)!r}.")
        return found


def _fewest(enough: Mapping[str, int], statistic: str, unit: str) -> int:
    """Look up how many observations a figure needs: ``p95`` by its statistic, a rate or a count by its unit."""
    return int(enough.get(statistic, enough.get(unit, 0)))


def read_limits(file: Path = LIMITS_FILE) -> dict[str, Limit]:
    """Read a file of limits and check it.

    Args:
        file: TOML, one table for each limit.

    Returns:
        The limits by their ids.

    Raises:
        UsageError: The file is not readable, or holds a key or a value that has no meaning; the message says which and
            what to write instead.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise UsageError(f"{file.name}: not readable as TOML: {problem}. Mend that line.") from None
    for name, values in tables.items():
        if not name.startswith("limit-") or not isinstance(values, dict):
            raise UsageError(f"{file.name}: '{name}' is no limit. Write a table: [limit-{name}]")
        for key, value in values.items():
            _check_key(f"{file.name}, [{name}]", key, value)
    return {name: Limit(name, values) for name, values in tables.items()}


def _check_key(place: str, key: str, value: Any) -> None:
    if key in _WORDS:
        right, wanted = isinstance(value, str), f'{key} = "words"'
    elif key in _LISTS:
        right, wanted = isinstance(value, list), f'{key} = ["862"]'
    elif key == "n":
        right = isinstance(value, dict) and all(isinstance(n, int) and n > 0 for n in value.values())
        wanted = "n = { p95 = 59 }"
    elif _BOUND.fullmatch(key) or _FLOOR.fullmatch(key):
        right, wanted = isinstance(value, int | float) and not isinstance(value, bool), f"{key} = 5"
    else:
        raise UsageError(
            f"{place}: unknown key '{key}'. A figure is called max_s, mean_s, p95_s, min_rate, max_count, max_leaks or"
            f" max_mb, with a word before it if there are several (journey_max_s); the rest: floor_s, floor_rate, n,"
            f" {', '.join([*_WORDS, *_LISTS])}."
        )
    if not right:
        raise UsageError(f"{place}: '{key}' cannot be {value!r}. Write for example: {wanted}")


@cache
def _all() -> dict[str, Limit]:
    return read_limits()


def limit(limit_id: str) -> Limit:
    """Look a limit up.

    Args:
        limit_id: Its id, with or without the prefix ``limit-``.

    Returns:
        The limit.

    Raises:
        UsageError: There is no such limit; the message lists those there are.
    """
    wanted = limit_id if limit_id.startswith("limit-") else f"limit-{limit_id}"
    if wanted not in _all():
        raise UsageError(f"There is no limit '{limit_id}'. Known: {', '.join(sorted(_all()))}.")
    return _all()[wanted]

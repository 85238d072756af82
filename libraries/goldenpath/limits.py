"""The promises in figures: `resources/limits/limits.toml` is their only home."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from goldenpath.errors import PromiseBroken, UsageError
from goldenpath.project import RESOURCES

LIMITS_FILE = RESOURCES / "limits" / "limits.toml"


@dataclass(frozen=True, slots=True)
class Limit:
    """One promised figure.

    Args:
        id: The requirement id, for example ``limit-first_event``.
        values: The figures as the file states them, units in their names (``max_s``: seconds).
    """

    id: str
    values: dict[str, Any]

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

    def check(self, seconds: float, what: str) -> None:
        """Refuse a sample that is beyond the limit.

        Args:
            seconds: The time measured.
            what: What took that time, as the failure will name it.

        Raises:
            PromiseBroken: The sample is beyond ``max_s``.
        """
        if seconds > self.max_s:
            raise PromiseBroken(f"{what} took {seconds:.2f} s; {self.id} allows {self.max_s:g} s.")


@cache
def _all() -> dict[str, Limit]:
    return {name: Limit(name, values) for name, values in tomllib.loads(LIMITS_FILE.read_text()).items()}


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

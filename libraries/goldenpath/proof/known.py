"""What the defects say of themselves, and whether what they name exists.

The platform's package is asked as a program: the two halves of this project never import each other.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenpath.checks import CHECKS
from goldenpath.errors import UsageError
from goldenpath.history.rules import RULES
from goldenpath.limits.book import read_limits
from goldenpath.proof.catalogue import Scenario


@dataclass(frozen=True, slots=True)
class KnownDefect:
    """A defect, as it was described before anybody looked whether it is found.

    Args:
        name: As it calls itself.
        given: What ``--variable DEFECTS:`` takes: the name, or a path.
        seen: What somebody outside sees.
        caught_by: The scenarios that claim to turn red on it.
        expects: The ids of which a failure has to name one.
        broad: Why it stops nearly everything; empty: it does not.
    """

    name: str
    given: str
    seen: str
    caught_by: tuple[str, ...]
    expects: tuple[str, ...]
    broad: str


def read_defects(given: Sequence[str] = ()) -> list[KnownDefect]:
    """Ask the defects what they are, and try whether each can be applied.

    Args:
        given: Names or paths; empty: all that are known.

    Returns:
        The defects, sorted by name.

    Raises:
        UsageError: One does not exist, or cannot be applied.
    """
    places = [str(Path(one).resolve()) if one.endswith(".py") else one for one in given]
    told: list[dict[str, Any]] = json.loads(_ask("--list", *([",".join(places)] if places else [])))
    found = [
        KnownDefect(
            name=one["name"],
            given=place or one["name"],
            seen=one["seen"],
            caught_by=tuple(one["caught_by"]),
            expects=tuple(one["expects"]),
            broad=one["broad"],
        )
        for one, place in zip(told, places or [""] * len(told), strict=True)
    ]
    if found:
        _ask("--check", ",".join(defect.given for defect in found))
    return sorted(found, key=lambda defect: defect.name)


def _ask(*arguments: str) -> str:
    asked = subprocess.run(
        [sys.executable, "-m", "sut.defects", *arguments], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise UsageError(asked.stderr.strip() or f"The defects could not be read: exit code {asked.returncode}.")
    return asked.stdout


def promises() -> dict[str, str]:
    """Collect every id that a failure can name: the judge's rules, the limits, and what the keywords check.

    Returns:
        What each belongs to by its id: ``rule``, ``limit`` or ``check``.
    """
    for file in sorted(Path(__file__).parents[1].glob("*Library.py")):
        importlib.import_module(f"goldenpath.{file.stem}")
    return {
        **dict.fromkeys(RULES, "rule"),
        **dict.fromkeys(read_limits(), "limit"),
        **dict.fromkeys(CHECKS, "check"),
    }


def mistakes(
    defects: Sequence[KnownDefect], catalogue: Mapping[str, Scenario], known_ids: Collection[str]
) -> Iterator[str]:
    """Find what defects name and nobody knows: such a claim could never be proven.

    Args:
        defects: The defects.
        catalogue: The scenarios.
        known_ids: Every id that a failure can name.

    Yields:
        One sentence each.
    """
    for defect in defects:
        for name in defect.caught_by:
            if name not in catalogue:
                yield f"{defect.name} is caught by {name}, it says; no catalogue in resources/requirements has that."
        for name in defect.expects:
            if name not in known_ids:
                yield f"{defect.name} expects {name}; there is no rule, limit or check of that name."

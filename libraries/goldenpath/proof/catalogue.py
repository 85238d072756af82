"""The scenarios that were asked for: `resources/requirements/*.toml`, one table a scenario."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from goldenpath.errors import UsageError
from goldenpath.project import RESOURCES

REQUIREMENTS = RESOURCES / "requirements"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario of a plan.

    Args:
        id: For example ``1176-A1``; a test carries it as a tag.
        name: Its name in the plan.
        suite: The suite file it belongs in, without its ending.
        checks: What it attacks.
        folder: The folder of that file below the suites.
    """

    id: str
    name: str
    suite: str
    checks: str
    folder: str


def read_catalogue(folder: Path = REQUIREMENTS) -> dict[str, Scenario]:
    """Read the scenarios of all plans.

    Args:
        folder: Where the files are.

    Returns:
        The scenarios by their ids, in the plans' order.

    Raises:
        UsageError: A file cannot be read, or lacks something; the text says which.
    """
    found: dict[str, Scenario] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
            place = tables.pop("folder")
            found |= {name: Scenario(id=name, folder=place, **table) for name, table in tables.items()}
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
            raise UsageError(f"{file}: not readable as a catalogue: {problem}. Mend that entry.") from None
    if not found:
        raise UsageError(f"There is no catalogue of scenarios in {folder}.")
    return found

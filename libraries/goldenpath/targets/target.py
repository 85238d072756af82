"""A target: which platform the suites run against, read from `resources/targets/NAME.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from goldenpath.errors import TargetError
from goldenpath.project import RESOURCES

TARGETS = RESOURCES / "targets"
KINDS = ("embedded",)
KEYS = ("name", "kind", "description")


@dataclass(frozen=True, slots=True)
class Target:
    """A platform under test.

    Args:
        name: The name that ``--variable TARGET:name`` uses.
        kind: ``embedded``: the run starts the platform itself.
        description: What stands there, in words for the report.
    """

    name: str
    kind: str
    description: str


def load_target(name: str, folder: Path = TARGETS) -> Target:
    """Read a target's file and check it.

    Args:
        name: The target's name: the file's name without its ending.
        folder: Where the target files are.

    Returns:
        The target.

    Raises:
        TargetError: No such file, or a key is missing, unknown or wrong; the message says which and what to do.
    """
    file = folder / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
        raise TargetError(f"There is no target '{name}'. Known targets: {known}. Use --variable TARGET:<name>.")
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise TargetError(f"{file}: not readable as TOML: {problem}. Mend that line.") from None
    for key in KEYS:
        if not isinstance(values.get(key), str):
            raise TargetError(f"{file}: '{key}' is missing or not a text. Add a line: {key} = \"...\"")
    for key in values:
        if key not in KEYS:
            raise TargetError(f"{file}: unknown key '{key}'. Known keys: {', '.join(KEYS)}.")
    if values["kind"] not in KINDS:
        raise TargetError(f'{file}: kind = "{values["kind"]}" is unknown. Use one of: {", ".join(KINDS)}.')
    return Target(values["name"], values["kind"], values["description"])

"""The one line that runs a failed test again."""

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from robot.errors import DataError, Information
from robot.run import RobotFramework

from goldenpath.project import ROOT
from goldenpath.reporting.redaction import redact

SEED = "SEED"
# Beside the results of the run that failed, so that its log stays.
OUTPUT = "results/again"
# What pabot hands to its own processes.
_OF_PABOT = re.compile(r"PABOT\w*|CALLER_ID")
_SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|API_?KEY|PRIVATE", re.IGNORECASE)
_WILDCARD = re.compile(r"[\[*?]")


def reproduce_line(test: str, suite_file: Path, given: Iterable[str], seed: int | None, root: Path = ROOT) -> str:
    """Write the command that runs a test again, to be pasted into a shell in the project's root.

    Args:
        test: The test's name as its file has it.
        suite_file: That file.
        given: Variables that the run was given, ``NAME:value``. A secret one is taken from the environment variable of
            the same name instead.
        seed: The number that the test's data was made from.
        root: The project's.

    Returns:
        ``Reproduce: robot …``
    """
    words = ["robot", "--test", _quoted(_WILDCARD.sub(lambda found: f"[{found.group()}]", test))]
    for variable in given:
        if variable.partition(":")[0].upper() != SEED or seed is None:
            words += ["--variable", _variable(variable)]
    if seed is not None:
        words += ["--variable", f"{SEED}:{seed}"]
    return f"Reproduce: {' '.join([*words, '--outputdir', OUTPUT, _quoted(_place(suite_file, root))])}"


def variables_of(arguments: Sequence[str]) -> list[str]:
    """Read which variables a robot's command line gives, argument files and ``ROBOT_OPTIONS`` included.

    Args:
        arguments: The command line after the program's name.

    Returns:
        ``NAME:value`` each; none when it is the command line of another program.
    """
    if "STDIN" in arguments:  # an argument file that can be read only once
        return []
    try:
        framework: Any = RobotFramework
        options, _ = framework().parse_arguments(list(arguments))
    except (DataError, Information):
        return []
    return [str(variable) for variable in options.get("variable", ()) if not _OF_PABOT.match(variable)]


@cache
def variables_given(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Read `variables_of` once a process: pabot removes its argument files when it likes.

    Args:
        arguments: The command line after the program's name.

    Returns:
        The same.
    """
    return tuple(variables_of(arguments))


def _variable(variable: str) -> str:
    name, colon, value = variable.partition(":")
    if _SECRET.search(name) or value.lstrip().startswith("Secret:") or redact(value) != value:
        environment = re.sub(r"\W", "_", name)
        return f'"{name}{colon}${environment}"'
    return _quoted(variable)


def _place(suite_file: Path, root: Path) -> str:
    """From the root, as a path that any shell understands; a file elsewhere is told as a whole."""
    return Path(os.path.relpath(suite_file, root)).as_posix() if suite_file.is_relative_to(root) else str(suite_file)


def _quoted(word: str) -> str:
    return shlex.quote(word)

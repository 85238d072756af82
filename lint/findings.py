"""What the project's own checks share: a finding, the files to read, and how a command ends."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class Finding(NamedTuple):
    """One place that breaks a rule."""

    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


def files_below(folders: Iterable[str], *suffixes: str) -> Iterator[Path]:
    """Yield the files with one of the suffixes in and below the folders, in order.

    Raises:
        FileNotFoundError: if a folder does not exist; a mistyped name must not pass as clean.
    """
    for folder in map(Path, folders):
        if not folder.exists():
            raise FileNotFoundError(f"{folder} does not exist: name folders or files of this project")
        paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        yield from (path for path in paths if path.is_file() and path.suffix in suffixes)


def run_check(name: str, check: Callable[[Path], Iterable[Finding]], paths: Iterable[Path]) -> int:
    """Check every file, print one line a finding, and return the exit code.

    Returns:
        0 without a finding, 1 with findings, 2 when there was nothing to read.
    """
    try:
        files = list(paths)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    if not files:
        print(f"{name}: no file to read", file=sys.stderr)
        return 2
    findings = [finding for path in files for finding in check(path)]
    for finding in findings:
        print(finding)
    print(f"{name}: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0

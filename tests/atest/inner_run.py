"""Runs a suite in a robot of its own and compares each test with what its documentation announces.

The documentation of a test in `data/` begins with ``PASS`` or ``FAIL`` and the expected message, which may be marked as
``REGEXP:``; the labelled lines and the judge's stamp at the end of a message are not part of it. The run writes to a
temporary folder: a nested output.xml below a results folder would break its merge.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from robot.api import ExecutionResult

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class InnerRun:
    folder: Path
    return_code: int
    console: str

    def tests(self) -> dict[str, tuple[str, str, str]]:
        """Name -> (status, message, documentation)."""
        suite = ExecutionResult(str(self.folder / "output.xml")).suite
        return {test.name: (test.status, test.message, test.doc) for test in suite.all_tests}

    def differences(self) -> list[str]:
        """Tests that did not end as their documentation announces."""
        found = []
        for name, (status, message, doc) in self.tests().items():
            wanted_status, _, wanted = doc.partition(" ")
            if status != wanted_status or not _fits(wanted, _without_stamp(message)):
                found.append(f"{name}: expected {doc!r}, got {status} {message!r}")
        return found


def _without_stamp(message: str) -> str:
    own = re.sub(r"(?:^|\n\n)judged: [^\n]*$", "", message)
    return re.sub(r"(?:^|\n\n)(?:(?:When|Limit|Business value|Trace|Reproduce): [^\n]*(?:\n|$))+$", "", own)


def _fits(wanted: str, message: str) -> bool:
    if wanted.startswith("REGEXP:"):
        return re.fullmatch(wanted.removeprefix("REGEXP:").strip(), message, re.DOTALL) is not None
    return wanted == message


def run_inner(suite: Path, folder: Path, *options: str, env: dict[str, str] | None = None) -> InnerRun:
    """Run `robot` on a suite, outputs into `folder`."""
    command = [sys.executable, "-m", "robot", "--outputdir", str(folder), *options, str(suite)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env={**os.environ, **(env or {})}
    )
    return InnerRun(folder, done.returncode, done.stdout + done.stderr)

"""Refuses comments that switch lint or formatting off in suites and keywords without naming one general rule.

Run from the root: `python -m lint.silenced suites keywords`. Robocop obeys such a comment before any of its own rules
can see it, so this check stands outside it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from lint.findings import Finding, files_below, run_check

# as robocop reads them: `# robocop: off`, `# robocop: off=LEN08,no-sleep`, `# robocop: fmt: off`, `# fmt: off`
SWITCH_OFF = re.compile(r"#.*?(?:robocop|fmt):\s?(?:fmt:\s?)?off(?:\s?=\s?(?P<rules>[\w\-]+(?:,\s?[\w\-]+)*))?")
GENERAL_RULE = re.compile(r"(?!GP)[A-Z]+\d\d")


def check_file(path: Path) -> Iterator[Finding]:
    """Yield every comment of the file that switches off too much, or one of the project's own rules."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        for switch in SWITCH_OFF.finditer(line):
            rules = re.split(r",\s?", switch["rules"] or "everything")
            if not all(GENERAL_RULE.fullmatch(rule) for rule in rules):
                advice = "keep to the rule; only a general rule may be switched off, by its id: # robocop: off=LEN08"
                yield Finding(str(path), number, "silenced-lint", advice)


def main(folders: list[str]) -> int:
    """Check the Robot files below the folders and return the exit code."""
    return run_check("silenced lint", check_file, files_below(folders, ".robot", ".resource"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

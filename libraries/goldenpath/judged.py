"""`python -m goldenpath.judged OUTPUT.XML`: names each test that ran and carries no stamp of the judge, and exits 1."""

import sys
from collections.abc import Iterator
from pathlib import Path

from robot.api import ExecutionResult
from robot.errors import DataError
from robot.result import TestCase

STAMP = "judged: "
# Robot gives it to tests that it did not run, because an earlier one ended the run.
_NOT_RUN = "robot:exit"


def unjudged(output: Path) -> Iterator[str]:
    """Find the tests without a stamp.

    Args:
        output: Robot's output.xml.

    Yields:
        The full name of each test that ran, was not skipped, and was not judged.
    """
    for test in ExecutionResult(str(output), include_keywords=False).suite.all_tests:
        if not test.skipped and _NOT_RUN not in test.tags and not is_stamped(test):
            yield str(test.full_name)


def is_stamped(test: TestCase) -> bool:
    """Tell whether a test carries the judge's stamp; ``not judged: …`` is none.

    Args:
        test: The result.

    Returns:
        Whether a line of its message is one.
    """
    return any(line.startswith(STAMP) for line in test.message.splitlines())


def main(arguments: list[str]) -> int:
    """Check one or more results.

    Args:
        arguments: Paths of output.xml files.

    Returns:
        The exit code: 0 when every test was judged, 1 when one was not, 2 for a file that is no result.
    """
    if not arguments:
        print("usage: python -m goldenpath.judged OUTPUT.XML ...", file=sys.stderr)
        return 2
    found = []
    for output in arguments:
        try:
            found += [f"{output}: not judged: {name}" for name in unjudged(Path(output))]
        except DataError as error:
            print(f"{output}: {error.message}", file=sys.stderr)
            return 2
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

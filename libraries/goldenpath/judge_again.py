"""`python -m goldenpath.judge_again HISTORY.JSONL ...`: holds the rules of today against written histories."""

import sys
from pathlib import Path

from goldenpath.errors import GoldenPathError
from goldenpath.history.judge import judge
from goldenpath.history.written import read
from goldenpath.targets.target import load_target


def main(arguments: list[str]) -> int:
    """Judge written histories.

    Args:
        arguments: Their paths.

    Returns:
        The exit code: 0 when nothing was found, 1 when something was, 2 for a file that is no history.
    """
    if not arguments:
        print("usage: python -m goldenpath.judge_again HISTORY.JSONL ...", file=sys.stderr)
        return 2
    found = 0
    for path in arguments:
        try:
            written = read(Path(path), lambda header: load_target(header["target"]).dialect.reading)
        except (OSError, GoldenPathError) as error:
            print(error, file=sys.stderr)
            return 2
        judgement = judge(written.recorder, load_target(written.header["target"]).not_offered)
        print(f"{path}: {judgement.stamp()}", *judgement.findings, sep="\n  ")
        found += len(judgement.findings)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

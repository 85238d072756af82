"""`python -m goldenpath.answers`: print how far the answer oracles can be trusted."""

import argparse
import sys
from datetime import UTC, datetime

from goldenpath.answers.confusion import JUDGES, MOST_FALSE_REJECTS, Matrix, confusion

_SHOWN = 3


def main() -> int:
    """Judge every oracle and print its confusion matrix.

    Returns:
        0 when each can be trusted, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m goldenpath.answers", description=__doc__)
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--seed", default=today, help="settles the answers (default: today's date)")
    parser.add_argument("--cases", type=int, default=60, help="good answers, and bad ones of each kind (default: 60)")
    options = parser.parse_args()
    if options.cases < 1:
        parser.error("--cases must be 1 or more")
    print(f"seed {options.seed}, {options.cases} good answers an oracle and {options.cases} bad ones of each kind")
    trusted = True
    for name in JUDGES:
        matrix = confusion(name, options.seed, options.cases)
        trusted &= matrix.trustworthy()
        print(_told(name, matrix))
    print(
        "every oracle can be trusted" if trusted else "AN ORACLE CANNOT BE TRUSTED",
        f"(no false accept, at most {MOST_FALSE_REJECTS:.0%} false rejects)",
    )
    return 0 if trusted else 1


def _told(name: str, matrix: Matrix) -> str:
    bad = sum(matrix.rejected.values()) + len(matrix.false_accepts)
    lines = [
        f"\n{name}: {'ok' if matrix.trustworthy() else 'FAILED'}",
        f"  {'':28}  accepted  rejected",
        f"  {'good':28}  {matrix.accepted:8}  {len(matrix.false_rejects):8}",
        f"  {'bad':28}  {len(matrix.false_accepts):8}  {bad - len(matrix.false_accepts):8}",
    ]
    for kind, rejected in matrix.rejected.items():
        accepted = sum(of == kind for of, _ in matrix.false_accepts)
        lines.append(f"    {kind:26}  {accepted:8}  {rejected:8}")
    lines += [f"  falsely rejected: {why}" for why in matrix.false_rejects[:_SHOWN]]
    lines += [f"  falsely accepted: {kind}: {text}" for kind, text in matrix.false_accepts[:_SHOWN]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

"""How long the journey suite takes alone, from the command to its end: platform, tests, logs and take-down.

    python benchmarks/journey.py --runs 10

Each run is `robot suites/journey/full_user_journey.robot` in a process of its own, outputs in a temporary folder. The
first run may have to make the database template, so it is shown apart.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUITE = Path(__file__).parents[1] / "suites" / "journey" / "full_user_journey.robot"
BUDGET_S = 5.0


def one_run() -> float:
    """Run the suite once and give its wall time in seconds; a red run is no measurement."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "robot", "--console", "none", "--outputdir", folder, str(SUITE)]
        subprocess.run(command, check=True)
        return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="counted runs after the first (default: 10)")
    runs = parser.parse_args().runs
    print(f"first run: {one_run():.2f} s")
    times = [one_run() for _ in range(runs)]
    print(
        f"journey suite alone, n = {runs}: median {statistics.median(times):.2f} s, min {min(times):.2f} s,"
        f" max {max(times):.2f} s; budget {BUDGET_S:g} s"
    )


if __name__ == "__main__":
    main()

"""How long a robot process's platform takes from nothing to ready, and how much work that is.

    python benchmarks/startup.py --warm 10 --cold 3

Each run is a fresh interpreter that imports the platform package, starts the platform and stops it. Wall time begins
before that import. CPU time at the moment of readiness is the interpreter's own plus, for each process below it, what
/proc/PID/stat tells: its own and that of its children that have ended (Linux). ``with stop`` adds everything until all
servers are gone, as getrusage(RUSAGE_CHILDREN) tells: each guard reaps its server, and the interpreter its guards.
Cold means an empty cache in a directory of its own: the template cluster is made and migrated first. Warm uses this
account's cache; one run before the others fills it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET = {"warm wall s": 1.5, "warm CPU s": 1.5, "cold wall s": 3.0}
COLUMNS = ("wall s", "CPU s", "CPU s with stop", "stop s")


def main() -> None:
    """Run the benchmark, or one run of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warm", type=int, default=10, help="runs with a template in the cache (default: 10)")
    parser.add_argument("--cold", type=int, default=3, help="runs with an empty cache (default: 3)")
    parser.add_argument("--parts", action="store_true", help="show the CPU time of each server as well")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cache-in", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        tempfile.tempdir = options.cache_in
        print(json.dumps(one_run()))
        return
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    cold = []
    for _ in range(options.cold):
        with tempfile.TemporaryDirectory() as empty:
            Path(empty).chmod(0o755)  # root's PostgreSQL runs as another account, which has to pass
            cold.append(start_in(empty))
    if options.warm:
        start_in(None)
    warm = [start_in(None) for _ in range(options.warm)]
    for name, runs in (("cold", cold), ("warm", warm)):
        show(name, runs, parts=options.parts)


def start_in(directory: str | None) -> dict[str, float]:
    """Do one run in a fresh interpreter, with its cache in a directory or in the usual place."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", *(["--cache-in", directory] if directory else [])],
        stdout=subprocess.PIPE,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def one_run() -> dict[str, float]:
    """Start and stop one platform in this interpreter."""
    began, cpu_before = time.monotonic(), time.process_time()
    from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions  # noqa: PLC0415 - its import counts

    imported = time.process_time() - cpu_before
    platform = EmbeddedPlatform.start(PlatformOptions())
    ready = time.monotonic()
    own = time.process_time() - cpu_before
    below = cpu_below(os.getpid())
    # a template that was made on the way has left processes that have ended
    ended = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    parts = {
        name: cpu_below(server.guard_pid) + cpu_of(server.guard_pid) for name, server in platform.processes.items()
    }
    platform.stop()
    stopped = time.monotonic()
    return {
        "wall s": ready - began,
        "CPU s": own + below + ended,
        "CPU s with stop": time.process_time() - cpu_before + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]),
        "stop s": stopped - ready,
        "  the owner's imports": imported,
        "  the owner": own,
        **{f"  {name} and its guard": seconds for name, seconds in parts.items()},
    }


def cpu_below(pid: int) -> float:
    """Add up the CPU seconds of all processes below one that are still there, and of their children that are not."""
    return sum(cpu_of(child) + cpu_below(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """List the children of all threads of a process."""
    lists = (task / "children" for task in Path(f"/proc/{pid}/task").iterdir())
    return [int(child) for children in lists for child in children.read_text().split()]


def cpu_of(pid: int) -> float:
    """Read the CPU seconds of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def show(name: str, runs: list[dict[str, float]], *, parts: bool) -> None:
    """Print the figures of several runs."""
    if not runs:
        return
    print(f"\n{name}, n = {len(runs)}{'median':>24}{'min':>8}{'max':>8}   budget")
    for column in runs[0]:
        if column in COLUMNS or parts:
            values = [run[column] for run in runs]
            budget = BUDGET.get(f"{name} {column}")
            figures = f"{statistics.median(values):>8.2f}{min(values):>8.2f}{max(values):>8.2f}"
            print(f"  {column:<28}{figures}   {f'<= {budget:g}' if budget else ''}")


if __name__ == "__main__":
    main()

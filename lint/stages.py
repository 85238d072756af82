"""The stages of `.ci/run`: each runs to its end even if another failed, and what failed is shown and told by exit code.

`python -m lint.stages WORK RESULTS`: WORK is the run's own temporary directory, RESULTS takes all output.
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from goldenpath.proof.run import end_group
from goldenpath.reporting.redaction import redact
from lint.counts import Counts, lost_tests, pytest_counts, pytest_line, robot_counts
from lint.leaks import find_leaks
from lint.leftovers import find_leftovers

TAIL_LINES = 60
JOURNEY = "suites/journey/full_user_journey.robot"
SUITES, KEYWORDS = "suites", "keywords"
# These have to be seen green twenty times in a row before a build may depend on them (docs/proof.md); run them by hand.
NOT_YET = ("sampling", "cold-start", "recovery")
PYTHON_FOLDERS = ["libraries", "sut", "tests", "benchmarks", "lint"]


@dataclass(frozen=True)
class Stage:
    """One stage: its commands all run, then its check looks at what they left.

    Attributes:
        name: its heading, and the folder of its output.
        commands: each an argument list; relative paths start at the project's root.
        limit_s: seconds that one command may take before it is ended and has failed.
        check: returns what is wrong besides exit codes, one sentence each.
    """

    name: str
    commands: list[list[str]] = field(default_factory=list)
    limit_s: float = 300.0
    check: Callable[[], list[str]] = list


def all_stages(work: Path, results: Path) -> list[Stage]:
    """Return the stages in their order."""
    python = [sys.executable, "-m"]
    junit = results / "pytest" / "junit.xml"
    outputs = results / "suites"
    together, alone = outputs / "all", outputs / "journey_alone"
    no_files = ["--output", "NONE", "--log", "NONE", "--report", "NONE"]
    return [
        Stage(
            "lint",
            [
                ["ruff", "check", "."],
                ["ruff", "format", "--check", "."],
                ["robocop", "check", SUITES, KEYWORDS],
                ["robocop", "format", "--check", SUITES, KEYWORDS],
                [*python, "lint.python_rules", *PYTHON_FOLDERS],
                [*python, "lint.silenced", SUITES, KEYWORDS],
            ],
            limit_s=120,
        ),
        Stage("types", [["mypy"]], limit_s=600),
        Stage("dry-run", [["robot", "--dryrun", "--exitonerror", *no_files, SUITES]]),
        Stage(
            "pytest",
            [["pytest", f"--junitxml={junit}"]],
            limit_s=1800,
            check=lambda: nothing_ran(pytest_counts(junit)),
        ),
        Stage(
            "suites",
            [
                [
                    *("pabot", "--processes", "4", "--pabotlibport", "0", "--exclude", "OR".join(NOT_YET)),
                    *("--outputdir", str(together), f"{SUITES}/"),
                ],
                ["robot", "--outputdir", str(alone), JOURNEY],
            ],
            limit_s=900,
            check=lambda: [
                *nothing_ran(robot_counts(together / "output.xml")),
                *nothing_ran(robot_counts(alone / "output.xml")),
                *(f"no result of {name}" for name in lost_tests(Path(SUITES), together / "output.xml", NOT_YET)),
            ],
        ),
        Stage(
            "judged",
            [[*python, "goldenpath.judged", str(together / "output.xml"), str(alone / "output.xml")]],
            limit_s=60,
        ),
        # its seed is the day's date, so that each day brings other answers
        Stage("answers", [[*python, "goldenpath.answers", "--cases", "50"]], limit_s=90),
        Stage("leaks", check=lambda: tokens_below(outputs)),
        Stage("leftovers", check=lambda: [f"left behind: {left}" for left in find_leftovers(work)]),
    ]


def nothing_ran(counts: Counts) -> list[str]:
    """Return a complaint if no test reached a verdict."""
    return [] if counts.ran else [f"no test ran: {counts}"]


def tokens_below(outputs: Path) -> list[str]:
    """Return a complaint for each token that stands in the suites' results."""
    try:
        return [f"a secret stands in {leak}" for leak in find_leaks(outputs, [])]
    except FileNotFoundError as error:
        return [str(error)]


def run_stage(stage: Stage, results: Path) -> bool:
    """Run one stage, print its heading, its time and what failed, and return whether it passed."""
    print(f"\n== {stage.name}", flush=True)
    started = time.monotonic()
    console = results / stage.name / "console.txt"
    console.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for command in stage.commands:
        output, problem = run_command(command, stage.limit_s, console)
        if problem:
            tail = "\n".join(output.splitlines()[-TAIL_LINES:])
            failures.append(f"{tail}\n{' '.join(command)}: {problem}")
    failures += stage.check()
    for failure in failures:
        print(redact(failure))
    verdict = "FAILED after" if failures else "passed in"
    print(f"{stage.name}: {verdict} {time.monotonic() - started:.1f} s", flush=True)
    return not failures


def run_command(command: list[str], limit_s: float, console: Path) -> tuple[str, str]:
    """Run a command in a session of its own.

    Args:
        command: the program and its arguments.
        limit_s: seconds that it may take.
        console: takes its output, after what is there already. A file, because a pipe would be waited for as long as
            any process that the command left behind holds it.

    Returns:
        Its output, and what went wrong in words, empty if nothing did.
    """
    with console.open("a+", encoding="utf-8", errors="replace") as output:
        output.write(f"$ {' '.join(command)}\n")
        output.flush()
        start = output.tell()
        problem = ""
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            return "", f"could not be started: {error.strerror}"
        try:
            if code := process.wait(limit_s):
                problem = f"exit code {code}"
        except subprocess.TimeoutExpired:
            problem = f"was ended after {limit_s:g} s"
        finally:
            end_group(process)
        output.seek(start)
        return output.read(), problem


def closing_lines(results: Path, failed: list[str]) -> Iterator[str]:
    """Yield the lines that count tests; the last one is the sum.

    The journey alone repeats tests that the suites hold, so only its failures are added to the sum.
    """
    tests = pytest_counts(results / "pytest" / "junit.xml")
    suites = robot_counts(results / "suites" / "all" / "output.xml")
    journey = robot_counts(results / "suites" / "journey_alone" / "output.xml")
    with contextlib.suppress(OSError):
        yield pytest_line((results / "pytest" / "console.txt").read_text(encoding="utf-8"))
    yield f"journey alone: {journey}"
    yield f"suites: {suites}"
    yield f"failed stages: {', '.join(failed)}" if failed else "all stages passed"
    yield str(tests + suites + Counts(failed=journey.failed))


def main(work: str, results: str) -> int:
    """Run all stages, print the closing lines and return the exit code."""
    # A caller in the background hands on that SIGINT is ignored; tests that interrupt programs need it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    folder = Path(results).resolve()
    stages = all_stages(Path(work), folder)
    try:
        failed = [stage.name for stage in stages if not run_stage(stage, folder)]
    except BaseException:
        find_leftovers(Path(work))  # what a stage that was cut short has started is ended
        raise
    print()
    for line in closing_lines(folder, failed):
        print(line, flush=True)
    return 1 if failed else 0


def _stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

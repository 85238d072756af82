"""Robot runs of the proof, each a process with a platform, an output folder and counters of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from robot.api import ExecutionResult
from robot.errors import DataError

from goldenpath.platform.embedded import REACHED_VARIABLE
from goldenpath.proof.calls import FILE as CALLS_FILE
from goldenpath.reporting.redaction import redact

Job = TypeVar("Job")
_PATTERN = re.compile(r"([*?[])")
_TOLD = 2000


@dataclass(frozen=True, slots=True)
class TestEnd:
    """How a test of a run ended.

    Args:
        test: Its full name.
        status: ``PASS``, ``FAIL`` or ``SKIP``.
        message: Its message.
        seconds: How long it took.
        ended_after_s: Seconds from the start of the run to its end.
    """

    __test__ = False  # pytest

    test: str
    status: str
    message: str
    seconds: float
    ended_after_s: float

    @property
    def red(self) -> bool:
        """Whether it failed."""
        return self.status == "FAIL"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave.

    Args:
        ends: How each test ended, by full name.
        calls: How often replaced seams were used, by full name.
        seconds: How long it took.
        problem: Why it gave no result; empty: it gave one.
        console: The end of what it printed, when it gave no result.
    """

    ends: dict[str, TestEnd] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    problem: str = ""
    console: str = ""


class Runs(Generic[Job]):
    """Runs robots side by side, and ends them all when it is told to.

    Args:
        suites: The folder that every run takes its tests from.
        processes: How many at a time.
    """

    def __init__(self, suites: Path, processes: int) -> None:
        self._suites = suites
        self._processes = processes
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def all(self, jobs: Sequence[Job], run: Callable[[Job], Outcome]) -> Generator[tuple[Job, Outcome], None, None]:
        """Do all jobs and give each result as it comes; an interrupt ends what still runs.

        Args:
            jobs: What is to be done; the first are begun first.
            run: Does one of them, with `robot`.

        Yields:
            The job and what it gave.
        """
        with ThreadPoolExecutor(self._processes) as pool:
            waiting = {pool.submit(run, job): job for job in jobs}
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            except BaseException:  # the reader's end of the loop too: nothing may stay
                pool.shutdown(wait=False, cancel_futures=True)
                self.stop()
                raise

    def robot(self, defect: str, tests: Iterable[str], limit_s: float) -> Outcome:
        """Run tests on a platform of their own.

        Args:
            defect: What ``DEFECTS`` names; empty: a platform without one.
            tests: Their full names.
            limit_s: Seconds after which the run is ended and has given nothing.

        Returns:
            What it gave.
        """
        with tempfile.TemporaryDirectory(prefix="golden-path-proof-") as name:
            folder = Path(name)
            reached = folder / "reached"
            reached.mkdir()
            command = [sys.executable, "-m", "robot", "--outputdir", str(folder), "--log", "NONE", "--report", "NONE"]
            command += ["--listener", "goldenpath.proof.calls.Calls", "--consolecolors", "off"]
            command += ["--variable", f"DEFECTS:{defect}"] if defect else []
            for test in tests:
                command += ["--test", _PATTERN.sub(r"[\1]", test)]
            began, began_at = time.monotonic(), datetime.now()
            problem = self._run([*command, str(self._suites)], reached, folder / "console.txt", limit_s)
            seconds = time.monotonic() - began
            ends = _read_ends(folder / "output.xml", began_at)
            if ends is None:
                console = _last_words(folder / "console.txt")
                last = (console.splitlines() or ["(nothing)"])[-1]
                return Outcome({}, {}, seconds, problem or f"the run gave no result; its last words: {last}", console)
            return Outcome(ends, _read_calls(folder / CALLS_FILE), seconds)

    def _run(self, command: list[str], reached: Path, console: Path, limit_s: float) -> str:
        with console.open("wb") as output:
            with self._lock:
                if self._stopped:
                    return "stopped before it began"
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=_environment(reached),
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                process.wait(limit_s)
            except subprocess.TimeoutExpired:
                return f"the run was ended after {limit_s:.0f} s"
            finally:
                end_group(process)
                with self._lock:
                    self._running.discard(process)
        return ""

    def stop(self) -> None:
        """End every run that is under way, and begin no other until all of them have ended."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            end_group(process)


def _environment(reached: Path) -> dict[str, str]:
    """Leave out what would change the runs of a proof unseen."""
    kept = {name: value for name, value in os.environ.items() if name not in {"ROBOT_OPTIONS", "REBOT_OPTIONS"}}
    return kept | {REACHED_VARIABLE: str(reached)}


def end_group(process: subprocess.Popen[bytes]) -> None:
    """If a process still runs, ask it and its children to end; runners clean up at an interrupt. Then end them.

    Args:
        process: The leader of a session of its own.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)


def _read_ends(output: Path, began_at: datetime) -> dict[str, TestEnd] | None:
    try:
        tests = list(ExecutionResult(str(output), include_keywords=False).suite.all_tests)
    except DataError:
        return None
    return {
        test.full_name: TestEnd(
            test=test.full_name,
            status=test.status,
            message=redact(test.message),
            seconds=test.elapsed_time.total_seconds(),
            ended_after_s=(test.end_time - began_at).total_seconds() if test.end_time else 0.0,
        )
        for test in tests
    }


def _read_calls(file: Path) -> dict[str, int]:
    try:
        calls: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return calls


def _last_words(console: Path) -> str:
    return redact(console.read_text(encoding="utf-8", errors="replace")).strip()[-_TOLD:]

"""The owner's side of a guarded server: start it, wait until it answers, signal it, freeze it, restart it, stop it."""

import asyncio
import errno
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from goldenpath.errors import PlatformStartError, PromiseBroken
from goldenpath.platform.guard import HALT, START, family
from goldenpath.platform.order import ServerOrder
from goldenpath.platform.ports import is_free
from goldenpath.polling import until

T = TypeVar("T")

GUARD = Path(__file__).with_name("guard.py")
PROBE_EVERY_S = 0.015
CHECK_EVERY_S = 0.1
GUARD_ENDS_WITHIN_S = 30.0
GUARD_OBEYS_WITHIN_S = 30.0
LOG_TAIL_BYTES = 4000


class ServerEndedError(PlatformStartError):
    """The server ended before it answered, for example because its port was taken."""


class PortTakenError(ServerEndedError):
    """The server ended because another one got its port first; on another port it may well come up."""


class TemplateDamagedError(PlatformStartError):
    """The cached tree that the server's data is copied from has lost files."""


class ServerProcess:
    """A running server under its guard.

    Args:
        order: What to start.
        uses: Servers that must stay until this one is gone, however the owner ends.

    Attributes:
        name: How messages call it.
        log_path: Where it writes its log.
        cleaned: Whether what was to be run at the end has not failed.
    """

    def __init__(self, order: ServerOrder, uses: Iterable["ServerProcess"] = ()) -> None:
        self.order = order
        self.name = order.name
        self.log_path = order.log
        self._lock = threading.Lock()
        self._unread = b""
        self._lives = 0
        self._pid: int | None = None
        self._exit_code: int | None = None
        self.cleaned = True
        self._refusal: PlatformStartError | None = None
        lifelines = [server.lifeline for server in uses]
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=lifelines,
            cwd="/",
        )
        assert self._guard.stdin and self._guard.stdout  # noqa: PT018, S101 - both are pipes
        self._stdin, self._stdout = self._guard.stdin, self._guard.stdout
        os.set_blocking(self._stdout.fileno(), False)
        try:
            self._stdin.write(order.line(lifelines))
            self._stdin.flush()
        except BrokenPipeError:
            self._refusal = PlatformStartError(f"the guard of {self.name} ended at once: is {sys.executable} in order?")

    @property
    def lifeline(self) -> int:
        """The descriptor whose last holder's end is this server's end."""
        return self._stdin.fileno()

    @property
    def guard_pid(self) -> int:
        """The process id of the guard."""
        return self._guard.pid

    @property
    def pid(self) -> int | None:
        """The process id of the server; `None` until the guard has told it."""
        self._read_reports()
        return self._pid

    @property
    def running(self) -> bool:
        """Whether the server was started and has not ended."""
        self._read_reports()
        return self._pid is not None and self._exit_code is None and self._guard.poll() is None

    def _read_reports(self) -> None:
        with self._lock:
            if self._stdout.closed:
                return
            while block := self._stdout.read(65536):
                self._unread += block
            *lines, self._unread = self._unread.split(b"\n")
            for line in lines:
                self._note(json.loads(line))

    def _note(self, report: dict[str, Any]) -> None:
        match report["event"]:
            case "started":
                self._lives += 1
                self._pid, self._exit_code, self._refusal = report["pid"], None, None
            case "exited":
                self._exit_code = report["code"]
            case "damaged":
                self._refusal = TemplateDamagedError(f"the cached data for {self.name} is damaged: {report['reason']}")
            case "failed":
                self._refusal = PlatformStartError(refusal_text(self.name, report["errno"], report["reason"]))
            case "not cleaned":
                self.cleaned = False

    def check(self) -> None:
        """See that the server has not ended.

        Raises:
            ServerEndedError: It has (`PortTakenError` where that is the cause); the text holds the end of its log.
            TemplateDamagedError: Its data could not be copied because the cached tree has lost files.
            PlatformStartError: The guard could not start it.
        """
        self._read_reports()
        if self._refusal:
            raise self._refusal
        if self._exit_code is not None:
            log = self.log_tail()
            taken = self.order.port is not None and ("already in use" in log.lower() or not is_free(self.order.port))
            kind = PortTakenError if taken else ServerEndedError
            raise kind(f"{self.name} ended with code {self._exit_code}; its log ends with:\n{log}")
        if self._guard.poll() is not None:
            raise ServerEndedError(f"the guard of {self.name} was ended from outside; its server goes with it")

    async def ready(self, probe: Callable[[], Awaitable[T | None]], within_s: float) -> T:
        """Wait until the server answers.

        Args:
            probe: One look over the server's own protocol; `None` or an `OSError` mean not yet.
            within_s: Seconds from now.

        Returns:
            What the probe returned.

        Raises:
            PlatformStartError: The server ended, could not be started, or did not answer in time.
        """

        async def look() -> T | None:
            self.check()
            looking = asyncio.ensure_future(probe())
            try:
                # Somebody else on the same port may accept the question and never answer it.
                while not (await asyncio.wait({looking}, timeout=CHECK_EVERY_S))[0]:
                    self.check()
            finally:
                looking.cancel()
            self.check()  # who answers must not be somebody else either
            return looking.result()

        try:
            return await until(
                look,
                within_s=within_s,
                every_s=PROBE_EVERY_S,
                what=f"an answer of {self.name}",
                ignoring=(OSError, EOFError, asyncio.IncompleteReadError),
            )
        except PromiseBroken as late:
            raise PlatformStartError(f"{late}; its log ends with:\n{self.log_tail()}") from None

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the server a signal; it may already be gone.

        Args:
            number: The signal.

        Raises:
            PlatformStartError: It is not this run's.
        """
        self._check_own()
        if self.running and self._pid is not None:
            os.kill(self._pid, number)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server be frozen while a block runs."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        """Let the server do nothing, not even end: what it is asked is neither refused nor answered.

        Raises:
            PlatformStartError: It is not this run's.
        """
        self._check_own()
        if (pid := self.pid) is not None and self.running:
            os.kill(pid, signal.SIGSTOP)  # first, so that it starts no more processes
            self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on; `kill`, `halt`, `restart` and `stop` do not need it."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        if (pid := self.pid) is not None and self.running:
            for one in family(pid):
                with suppress(ProcessLookupError):
                    os.kill(one, number)

    def _check_own(self) -> None:
        if not self.order.argv:
            raise PlatformStartError(f"{self.name} is a server of your own: this run does not stop, start or freeze it")

    def halt(self) -> None:
        """Stop the server as at its end, but keep its directory: `restart` lets it go on.

        Raises:
            PlatformStartError: It is not this run's to stop, or its guard does not do it.
        """
        self._tell_guard(HALT)
        self._obeyed(lambda: self._exit_code is not None)

    def restart(self) -> None:
        """Start the server again as it was, with its data, port, name and secrets; stop it first if it runs.

        It need not answer yet when this returns. Until then another process may take its port.

        Raises:
            PlatformStartError: It is not this run's to stop, or its guard does not do it.
        """
        life = self._tell_guard(START)
        self._obeyed(lambda: self._lives > life)

    def _tell_guard(self, word: bytes) -> int:
        """Say a word to the guard, and give the number of lives that the server has had."""
        self._check_own()
        self._wait_for(lambda: self._lives > 0, GUARD_OBEYS_WITHIN_S)  # it has read the whole order
        life = self._lives
        with suppress(BrokenPipeError):
            os.write(self.lifeline, word)
        return life

    def _obeyed(self, done: Callable[[], bool]) -> None:
        self._wait_for(lambda: done() or self._refusal is not None, GUARD_OBEYS_WITHIN_S)
        if self._refusal:
            raise self._refusal
        if not done():
            raise PlatformStartError(f"the guard of {self.name} did not obey; its log ends with:\n{self.log_tail()}")

    def wait_ended(self, within_s: float) -> bool:
        """Wait until the server has ended, for example after `kill`.

        Args:
            within_s: Seconds from now.

        Returns:
            Whether it has.
        """
        return self._wait_for(lambda: not self.running, within_s)

    def _wait_for(self, done: Callable[[], bool], within_s: float) -> bool:
        """Wait for something that the guard reports, or until the guard is gone."""
        deadline = time.monotonic() + within_s
        while self._guard.poll() is None and (left := deadline - time.monotonic()) > 0:
            self._read_reports()
            if done():
                return True
            select.select([self._stdout], [], [], min(left, CHECK_EVERY_S))
        self._read_reports()
        return done()

    def log_tail(self, limit: int = LOG_TAIL_BYTES) -> str:
        """Read the end of the server's log.

        Args:
            limit: How many bytes at most.

        Returns:
            The text, or a remark that there is none.
        """
        try:
            with self.log_path.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - limit))
                return log.read().decode(errors="replace").strip() or "(its log is empty)"
        except OSError:
            return "(it has no log)"

    def release(self) -> None:
        """Close the lifeline: the guard begins to stop the server, as soon as those that use it are gone."""
        if not self._stdin.closed:
            self._stdin.close()

    def stop(self) -> None:
        """Stop the server, remove its directory, and wait for both; a second call does nothing."""
        self.release()
        try:
            self._guard.wait(GUARD_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()  # takes the server along
            self._guard.wait()
        self._read_reports()
        with self._lock:
            self._stdout.close()
        # Only a guard that was killed leaves something.
        shutil.rmtree(self.order.directory, ignore_errors=True)


def refusal_text(name: str, number: int | None, reason: str) -> str:
    """Say why a server's directory could not be made, and what to do.

    Args:
        name: The server.
        number: The system's error number.
        reason: The system's words.

    Returns:
        One sentence.
    """
    match number:
        case errno.ENOSPC | errno.EDQUOT:
            todo = "free some space there, or set TMPDIR to a directory on another disk"
        case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOENT:
            todo = "set TMPDIR to a directory that this account may write to"
        case _:
            todo = "see what the system says there"
    return f"{name} could not be started ({reason}): {todo}"

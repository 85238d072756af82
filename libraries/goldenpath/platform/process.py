"""The owner's side of a guarded server: start it, wait until it answers, signal it, stop it."""

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
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from goldenpath.errors import PlatformStartError, PromiseBroken
from goldenpath.platform.ports import is_free
from goldenpath.polling import until

T = TypeVar("T")

GUARD = Path(__file__).with_name("guard.py")
PROBE_EVERY_S = 0.015
CHECK_EVERY_S = 0.1
GUARD_ENDS_WITHIN_S = 30.0
LOG_TAIL_BYTES = 4000


class ServerEndedError(PlatformStartError):
    """The server ended before it answered, for example because its port was taken."""


class PortTakenError(ServerEndedError):
    """The server ended because another one got its port first; on another port it may well come up."""


class TemplateDamagedError(PlatformStartError):
    """The cached tree that the server's data is copied from has lost files."""


@dataclass(frozen=True)
class Account:
    """The account that a server runs as, where it must not be the owner's.

    Args:
        uid: User id.
        gid: Group id.
    """

    uid: int
    gid: int


@dataclass(frozen=True)
class DataCopy:
    """A tree that becomes the server's data directory.

    Args:
        source: The tree.
        manifest: The file that lists it.
    """

    source: Path
    manifest: Path


@dataclass(frozen=True)
class AtEnd:
    """A program that the guard runs after the server is gone, also when the owner was killed.

    Args:
        argv: The program.
        env: Its whole environment; secrets belong here.
        seconds: After which it is killed.
    """

    argv: tuple[str, ...]
    env: dict[str, str] = field(repr=False)
    seconds: float = 20.0


@dataclass(frozen=True)
class ServerOrder:
    """What a guard is to start, and how it ends.

    Args:
        name: How messages call the server; also the name of its directory.
        shared: The directory of the whole platform.
        argv: The command; empty for a guard that only waits and then runs `at_end`.
        env: The server's whole environment; secrets belong here.
        input: Text for the server's standard input; secrets may stand here.
        account: Runs as this account instead of the owner's.
        data: Copied to ``data`` in the server's directory first.
        port: Where it listens.
        stop: Signals and the seconds that each gets.
        if_guard_dies: The signal that the server gets if its guard is killed.
        at_end: Run when the server is gone.
    """

    name: str
    shared: Path
    argv: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict, repr=False)
    input: str = field(default="", repr=False)
    account: Account | None = None
    data: DataCopy | None = None
    port: int | None = None
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 1.0), (signal.SIGKILL, 2.0))
    if_guard_dies: signal.Signals = signal.SIGKILL
    at_end: AtEnd | None = None

    @property
    def directory(self) -> Path:
        """The server's own directory."""
        return self.shared / self.name


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
        self.log_path = order.directory / "log"
        self._lock = threading.Lock()
        self._unread = b""
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
            self._stdin.write(self._order_line(lifelines))
            self._stdin.flush()
        except BrokenPipeError:
            self._refusal = PlatformStartError(f"the guard of {self.name} ended at once: is {sys.executable} in order?")

    def _order_line(self, lifelines: list[int]) -> bytes:
        order = self.order
        line = {
            "argv": order.argv,
            "env": order.env,
            "input": order.input,
            "directory": str(order.directory),
            "shared": str(order.shared),
            "shared_mode": directory_mode(),
            "mode": directory_mode() if order.account else 0o700,
            "account": [order.account.uid, order.account.gid] if order.account else None,
            "data": {"source": str(order.data.source), "manifest": str(order.data.manifest)} if order.data else None,
            "stop": order.stop,
            "if_guard_dies": order.if_guard_dies,
            "at_end": order.at_end.__dict__ if order.at_end else None,
            "holds": lifelines,
        }
        return json.dumps(line).encode() + b"\n"

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
                self._pid = report["pid"]
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
            number: The signal, for example `signal.SIGSTOP`.
        """
        if self.running and self._pid is not None:
            os.kill(self._pid, number)

    def wait_ended(self, within_s: float) -> bool:
        """Wait until the server has ended, for example after `kill`.

        Args:
            within_s: Seconds from now.

        Returns:
            Whether it has.
        """
        deadline = time.monotonic() + within_s
        while self.running and (left := deadline - time.monotonic()) > 0:
            select.select([self._stdout], [], [], left)
        return not self.running

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


def directory_mode() -> int:
    """Give the mode of directories on the way to a server's files.

    Returns:
        ``0711`` for root, whose PostgreSQL runs as another account and has to pass through; else ``0700``.
    """
    return 0o711 if os.geteuid() == 0 else 0o700


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

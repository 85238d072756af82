"""What a guard is told: which server to start, with what, and how it ends."""

import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path


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

    @property
    def log(self) -> Path:
        """The file that its output goes to."""
        return self.directory / "log"

    def line(self, lifelines: list[int]) -> bytes:
        """Write it down for the guard.

        Args:
            lifelines: Descriptors of other servers' lifelines that the guard holds.

        Returns:
            One line of JSON.
        """
        line = {
            "argv": self.argv,
            "env": self.env,
            "input": self.input,
            "directory": str(self.directory),
            "log": str(self.log),
            "shared": str(self.shared),
            "shared_mode": directory_mode(),
            "mode": directory_mode() if self.account else 0o700,
            "account": [self.account.uid, self.account.gid] if self.account else None,
            "data": {"source": str(self.data.source), "manifest": str(self.data.manifest)} if self.data else None,
            "stop": self.stop,
            "if_guard_dies": self.if_guard_dies,
            "at_end": self.at_end.__dict__ if self.at_end else None,
            "holds": lifelines,
        }
        return json.dumps(line).encode() + b"\n"


def directory_mode() -> int:
    """Give the mode of directories on the way to a server's files.

    Returns:
        ``0711`` for root, whose PostgreSQL runs as another account and has to pass through; else ``0700``.
    """
    return 0o711 if os.geteuid() == 0 else 0o700

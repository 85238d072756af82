"""The guard of one server: keeps it only as long as the owner lives, then stops it and removes what it wrote.

A program of its own, started as ``python -I -S guard.py`` with nothing but the standard library, so that it is small
and quick. Its standard input is the owner's lifeline: the first line is the order (JSON, so that passwords travel here
and not on the command line). After the first report may come, each a single byte, `HALT`, which stops the server and
keeps its directory, and `START`, which starts it again as it was, stopping it first. The end of file comes when the
owner closes it or dies, by whatever signal; nobody has to tell the guard. Its standard output reports, one JSON object
a line: ``started``, ``exited``, ``not cleaned``, ``damaged`` (the template is not as its manifest says) or ``failed``.

The order:
    argv, env, input      the server's command, its whole environment, and text for its standard input
    directory, mode, log  made by the guard and removed at the end; the log is a file in it
    shared, shared_mode   the directory above it: made by the first guard, removed by the last
    account               [uid, gid] that the server runs as, or null
    data                  null or {source, manifest}: a tree that is copied to ``directory/data`` first
    stop                  [[signal, seconds], ...]: sent one after the other until the server is gone
    if_guard_dies         the signal that the server gets if this guard is killed (Linux)
    at_end                null or {argv, env, seconds}: run after the server is gone
    holds                 file descriptors: lifelines of other guards, which end only after this one
"""

import errno
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

HALT, START = b"h", b"s"
EXEC_FAILED = 127
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
IPC_RMID = 0
LOCK_FILE_LINE_OF_SEGMENT = 6
REMOVE_ATTEMPTS = 20
REMOVE_EVERY_S = 0.05
END_ATTEMPTS = 40
END_EVERY_S = 0.02


class DamagedTemplateError(Exception):
    """The tree to copy is not what its manifest says: something has removed or cut files."""


class Children:
    """The guard's child processes, reaped at once: a zombie postmaster would keep its data directory locked."""

    def __init__(self) -> None:
        self._ended, wakeup = os.pipe()
        os.set_blocking(self._ended, False)
        os.set_blocking(wakeup, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        self.exit_codes: dict[int | None, int] = {}
        # What a killed server leaves behind becomes the guard's own child: so it is known, and can be ended.
        call_linux("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(
        self,
        argv: list[str],
        env: dict[str, str],
        directory: str,
        log: str,
        *,
        text: str = "",
        account: list[int] | None = None,
        if_guard_dies: int = signal.SIGKILL,
    ) -> int:
        """Start a program whose output goes to the log, and give its pid."""
        own_pid = os.getpid()
        sys.stdout.flush()
        stdin_read, stdin_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.dup2(stdin_read, 0)
                output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.dup2(output, 1)
                os.dup2(output, 2)
                os.chdir(directory)
                os.setpgid(0, 0)  # so that what it starts can be ended with it
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
                    signal.signal(number, signal.SIG_DFL)
                if account:
                    os.setgroups([])
                    os.setgid(account[1])
                    os.setuid(account[0])
                # After the change of account, which would clear it; and from the main thread, whose end it watches.
                call_linux("prctl", PR_SET_PDEATHSIG, if_guard_dies, 0, 0, 0)
                if os.getppid() == own_pid:
                    os.execve(argv[0], argv, env)  # noqa: S606 - no shell is wanted
            except OSError as error:
                os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
            finally:
                os._exit(EXEC_FAILED)
        os.close(stdin_read)
        self.exit_codes.pop(pid, None)  # of another with the same number, long ago
        quietly(os.write, stdin_write, text.encode())  # a server that has ended already is reported as such
        os.close(stdin_write)
        return pid

    def reap(self) -> None:
        """Note the exit codes of all children that have ended."""
        try:
            while os.read(self._ended, 512):
                pass
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.exit_codes[pid] = os.waitstatus_to_exitcode(status)

    def wait(self, pid: int | None, seconds: float | None, also: tuple[int, ...] = ()) -> None:
        """Wait until the child has ended, the time is over, or one of the other descriptors can be read."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            self.reap()
            if pid in self.exit_codes:
                return
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            readable = select.select([self._ended, *also], [], [], left)[0]
            if any(one in readable for one in also):
                return

    def stop(self, pid: int, ladder: Iterable[tuple[int, float]]) -> None:
        """Send one signal after the other until the child is gone; what is frozen of it is thawed to hear them."""
        for number, seconds in ladder:
            self.reap()
            if pid in self.exit_codes:
                return
            os.kill(pid, number)
            for one in family(pid):
                quietly(os.kill, one, signal.SIGCONT)
            self.wait(pid, seconds)

    def end_rest(self, pid: int) -> None:
        """End what a server has left behind, now that it is gone itself."""
        quietly(os.killpg, pid, signal.SIGKILL)
        for _ in range(END_ATTEMPTS):
            self.reap()
            rest = family(os.getpid())[1:]
            if not rest:
                return
            for one in rest:
                quietly(os.kill, one, signal.SIGKILL)
            self.wait(None, END_EVERY_S)


class Server:
    """The guarded server, in each of its lives."""

    def __init__(self, order: dict[str, Any], children: Children) -> None:
        self._order, self._children = order, children
        self._pid: int | None = None  # until its end is told
        self._last: int | None = None  # until what it left behind is ended

    def begin(self) -> None:
        """Make its directory and start it for the first time."""
        prepare(self._order)
        self.start()

    def start(self) -> None:
        """Start it, where there is one to start; the life before is ended first."""
        order = self._order
        self.stop()
        if order["argv"]:
            self._pid = self._last = self._children.start(
                order["argv"],
                order["env"],
                order["directory"],
                order["log"],
                text=order["input"],
                account=order["account"],
                if_guard_dies=order["if_guard_dies"],
            )
        report("started", pid=self._pid)

    def stop(self) -> None:
        """Stop it if it runs, and end what it has left behind."""
        if self._pid is not None:
            self._children.stop(self._pid, self._order["stop"])
        if self._last is not None:
            self._children.end_rest(self._last)
            self._last = None
        self._tell_end()

    def obey(self) -> None:
        """Do what the owner says, until it says no more or dies."""
        while True:
            self._children.wait(self._pid, None, also=(0,))
            if self._tell_end():
                continue
            word = os.read(0, 1)
            if not word:
                return
            tell_refusal(self.start if word == START else self.stop)

    def _tell_end(self) -> bool:
        if self._pid not in self._children.exit_codes:
            return False
        report("exited", code=self._children.exit_codes[self._pid])
        self._pid = None
        return True


def tell_refusal(action: Callable[[], None]) -> None:
    """Do something, and report it where the system or the template does not let it be done."""
    try:
        action()
    except DamagedTemplateError as damage:
        report("damaged", reason=str(damage))
    except OSError as error:
        report("failed", errno=error.errno, reason=f"{error.strerror}: {error.filename}")


def family(pid: int) -> list[int]:
    """List a process and all below it, such as PostgreSQL's, each of which is in a group of its own (Linux)."""
    below: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                below += [one for child in children.read().split() for one in family(int(child))]
    except OSError:  # another system, or it has just ended
        pass
    return [pid, *below]


def call_linux(name: str, *arguments: int) -> None:
    """Call a function of Linux's C library; do nothing on another system."""
    if sys.platform.startswith("linux"):
        import ctypes  # noqa: PLC0415 - not for the owner, who imports this module too

        getattr(ctypes.CDLL(None), name)(*arguments)


def report(event: str, **fields: Any) -> None:
    """Tell the owner; an owner that is gone need not know."""
    quietly(os.write, 1, (json.dumps({"event": event, **fields}) + "\n").encode())


def copy_file(source: str, target: str) -> int:
    """Copy one file by the kernel where it can, and give its size."""
    reader = os.open(source, os.O_RDONLY)
    try:
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            size = 0
            while chunk := copy_some(reader, writer):
                size += chunk
            return size
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def copy_some(reader: int, writer: int) -> int:
    """Copy the next part of a file and give its length, 0 at the end."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(reader, writer, 1 << 30)
        except OSError as error:  # a file system that cannot
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
    block = os.read(reader, 1 << 20)
    part = block
    while part:
        part = part[os.write(writer, part) :]
    return len(block)


def copy_template(source: str, manifest: str, target: str, account: list[int] | None) -> None:
    """Copy a tree exactly as its manifest lists it, owned by the account.

    Raises:
        DamagedTemplateError: A file is missing or has another size.
    """
    try:
        with open(manifest) as text:
            listed = json.load(text)
    except (OSError, ValueError) as error:
        raise DamagedTemplateError(f"{manifest}: {error}") from None
    os.mkdir(target, 0o700)
    if account:
        os.chown(target, *account)
    with acting_as(account):
        for name in listed["directories"]:
            os.mkdir(os.path.join(target, name), 0o700)
        for name, size in listed["files"].items():
            try:
                copied = copy_file(os.path.join(source, name), os.path.join(target, name))
            except FileNotFoundError:
                raise DamagedTemplateError(f"{name} is missing") from None
            if copied != size:
                raise DamagedTemplateError(f"{name} has {copied} bytes, not {size}")


@contextmanager
def acting_as(account: list[int] | None) -> Iterator[None]:
    """Do something as the server's account: root must not follow what others could put there."""
    if account:
        os.setegid(account[1])
        os.seteuid(account[0])
    try:
        yield
    finally:
        if account:
            os.seteuid(0)
            os.setegid(0)


def remove_segment(data: str) -> None:
    """Remove the shared memory that a killed PostgreSQL leaves in the system; its lock file tells which (Linux)."""
    try:
        with open(os.path.join(data, "postmaster.pid")) as lock:
            segment = int(lock.read().splitlines()[LOCK_FILE_LINE_OF_SEGMENT].split()[1])
    except (OSError, ValueError, IndexError):
        return  # it has ended in order, or the data are not PostgreSQL's
    call_linux("shmctl", segment, IPC_RMID, 0)


def remove(directory: str, wait: Callable[[float], None]) -> None:
    """Remove a tree; what a dying child still writes into it is removed by another look."""
    for _ in range(REMOVE_ATTEMPTS):
        for _, directories, files, descriptor in os.fwalk(directory, topdown=False):
            for name in files:
                quietly(os.unlink, name, dir_fd=descriptor)
            for name in directories:
                if not quietly(os.rmdir, name, dir_fd=descriptor):
                    quietly(os.unlink, name, dir_fd=descriptor)  # a link to a directory
        quietly(os.rmdir, directory)
        if not os.path.lexists(directory):
            return
        wait(REMOVE_EVERY_S)


def quietly(action: Callable[..., object], *args: Any, **options: Any) -> bool:
    """Do something that the other side or another guard may have made impossible, and tell whether it worked."""
    try:
        action(*args, **options)
    except OSError:
        return False
    return True


def prepare(order: dict[str, Any]) -> None:
    """Make the directories and the copy of the data."""
    os.umask(0o077)
    os.makedirs(order["shared"], exist_ok=True)
    os.chmod(order["shared"], order["shared_mode"])
    os.mkdir(order["directory"])
    os.chmod(order["directory"], order["mode"])
    if order["data"]:
        target = os.path.join(order["directory"], "data")
        copy_template(order["data"]["source"], order["data"]["manifest"], target, order["account"])


def main() -> None:
    """Guard one server until the owner is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return  # the owner died while it gave the order: nothing has been made yet
    order = json.loads(line)
    for descriptor in order["holds"]:
        os.set_inheritable(descriptor, False)
    children = Children()
    server = Server(order, children)
    tell_refusal(server.begin)
    server.obey()
    server.stop()
    if order["at_end"]:
        end = order["at_end"]
        cleaner = children.start(end["argv"], end["env"], "/", order["log"])
        children.wait(cleaner, end["seconds"])
        children.stop(cleaner, [(signal.SIGKILL, 1)])
        if children.exit_codes.get(cleaner):
            report("not cleaned", code=children.exit_codes[cleaner])
    if order["data"]:
        with acting_as(order["account"]):
            remove_segment(os.path.join(order["directory"], "data"))
    remove(order["directory"], lambda seconds: children.wait(None, seconds))
    quietly(os.rmdir, order["shared"])


if __name__ == "__main__":
    main()

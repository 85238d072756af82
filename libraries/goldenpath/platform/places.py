"""Directories of this run: one a platform, removed at its end, and one cache an account, kept."""

import fcntl
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goldenpath import runtime
from goldenpath.errors import PlatformStartError, PromiseBroken
from goldenpath.platform.order import directory_mode
from goldenpath.platform.process import refusal_text
from goldenpath.polling import until

BUILDING = ".building"
BUILD_FILE = "build"
MEMORY_ROOT = Path("/dev/shm")  # noqa: S108 - names in it are random, and its guards make them
MEMORY_ROOM_BYTES = 2 << 30
LOCK_WITHIN_S = 120.0
UNUSED_AFTER_S = 24 * 3600.0


@dataclass(frozen=True)
class Cached:
    """A tree in the cache.

    Args:
        path: Where it is.
        build: Which one it is, should it be built anew at the same place.
    """

    path: Path
    build: str


def temp_root() -> Path:
    """Give the directory for temporary files (``TMPDIR``, else the system's).

    Raises:
        PlatformStartError: There is none that this account may write to.
    """
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise PlatformStartError(
            "there is no directory for temporary files that this account may write to: set TMPDIR to one"
        ) from None


def new_platform_directory() -> Path:
    """Name a directory for one platform; its guards make it, and the last of them removes it.

    Returns:
        A path that does not exist yet and that nobody can guess.
    """
    return (_memory_root() or temp_root()) / f"golden-path-{os.geteuid()}-{secrets.token_hex(8)}"


def _memory_root() -> Path | None:
    """Give the system's directory in memory, where a start writes no disk and making a thousand files costs little.

    Not where the user chose a directory, not where there is little room (containers), and not where the login manager
    may empty it under a run, which it does when the account's last session ends.
    """
    chosen = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    if chosen or Path(f"/run/systemd/users/{os.geteuid()}").exists() or not os.access(MEMORY_ROOT, os.W_OK | os.X_OK):
        return None
    room = os.statvfs(MEMORY_ROOT)
    return MEMORY_ROOT if room.f_bavail * room.f_frsize >= MEMORY_ROOM_BYTES else None


def cache_directory() -> Path:
    """Make or find this account's cache.

    Returns:
        A directory that belongs to this account and that nobody else may write to.

    Raises:
        PlatformStartError: It cannot be made, or somebody else has made it.
    """
    mode = directory_mode()
    path = temp_root() / f"golden-path-cache-{os.geteuid()}"
    try:
        path.mkdir(mode=mode, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise PlatformStartError(
                f"{path} belongs to another account: remove it, or set TMPDIR to another directory"
            )
        if stat.S_IMODE(found.st_mode) != mode:
            path.chmod(mode)
    except OSError as error:
        raise PlatformStartError(refusal_text("the cache", error.errno, f"{error.strerror}: {path}")) from None
    return path


def cached(name: str, build: Callable[[Path], None]) -> Cached:
    """Find a tree in the cache or build it; of several processes at once, one builds and the others wait.

    Args:
        name: Its name, which holds the hash of all that it depends on.
        build: Fills the empty directory that it is given.

    Returns:
        The tree.

    Raises:
        PlatformStartError: It cannot be built, or another process has been building it for too long.
    """
    target = cache_directory() / name
    if (found := _find(target)) is not None:
        return found
    with _locked(target):
        if (found := _find(target)) is not None:
            return found
        _remove_unused(target)
        building = target.with_name(f"{name}.{secrets.token_hex(4)}{BUILDING}")
        try:
            building.mkdir(mode=directory_mode())
            (building / BUILD_FILE).write_text(secrets.token_hex(16))
            build(building)
            building.rename(target)
        except OSError as error:
            if not target.exists():  # else a process whose lock a cleaner removed was quicker
                reason = f"{error.strerror}: {error.filename}"
                raise PlatformStartError(refusal_text("the cache", error.errno, reason)) from None
        finally:
            shutil.rmtree(building, ignore_errors=True)
    if (found := _find(target)) is None:
        raise PlatformStartError(f"{target} vanished while it was used: does something clean {target.parent}?")
    return found


def discard(tree: Cached) -> None:
    """Remove a damaged tree, unless somebody has already built it anew.

    Args:
        tree: What `cached` returned.
    """
    with _locked(tree.path):
        found = _find(tree.path)
        if found == tree:
            gone = tree.path.with_name(f"{tree.path.name}.{secrets.token_hex(4)}{BUILDING}")
            tree.path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)


def _find(target: Path) -> Cached | None:
    try:
        os.utime(target)  # it is in use: whoever cleans up keeps it
    except FileNotFoundError:
        return None
    try:
        return Cached(target, (target / BUILD_FILE).read_text())
    except FileNotFoundError:  # damaged; whoever looks for its content will notice
        return Cached(target, "")


def _remove_unused(target: Path) -> None:
    """Remove what killed builders left of this tree, and its relatives that nobody has used for a day."""
    kind = target.name.split("-")[0]
    for other in target.parent.iterdir():
        half_built = other.name.startswith(target.name) and other.name.endswith(BUILDING)
        old = other.name.startswith(kind) and other.lstat().st_mtime < time.time() - UNUSED_AFTER_S
        if other.is_dir() and (half_built or old):
            shutil.rmtree(other, ignore_errors=True)


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the lock of a tree; it is released by the system if this process dies."""
    with target.with_name(f"{target.name}.lock").open("w") as lock:

        async def take() -> bool | None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            return True

        try:
            runtime.run(until(take, within_s=LOCK_WITHIN_S, what=f"the end of another process's work on {target}"))
        except PromiseBroken as late:
            raise PlatformStartError(f"{late}: end that process, or remove {target.parent}") from None
        yield

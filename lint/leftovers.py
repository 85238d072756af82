"""Finds what a run leaves behind: processes that still use its work directory, and platforms' directories in it."""

import os
import signal
import subprocess
from pathlib import Path

from goldenpath import runtime
from goldenpath.errors import PromiseBroken
from goldenpath.polling import NotYet, until

# Guards take a moment to stop their servers after the owner is gone.
WITHIN_S = 20.0
PLATFORMS = "golden-path-*"
CACHES = "golden-path-cache-*"


def find_leftovers(work: Path, *, within_s: float = WITHIN_S) -> list[str]:
    """Wait until nothing is left and return what still is, in words; processes that are left are killed.

    Args:
        work: the run's own directory: its virtual environment is there, and `tmp` is its TMPDIR, so whatever names this
            directory belongs to the run and to nobody else.
        within_s: seconds to wait.
    """

    async def nothing_left() -> bool:
        if left := [*processes(work), *directories(work)]:
            raise NotYet(f"{len(left)} things")
        return True

    try:
        runtime.run(until(nothing_left, within_s=within_s, every_s=0.2, what="the end of all processes"))
    except PromiseBroken:
        left = processes(work)
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return [f"process {pid}, {name}" for pid, name in left.items()] + [f"directory {d}" for d in directories(work)]
    return []


def directories(work: Path) -> list[Path]:
    """Return the directories of platforms, without the cache, which stays on purpose."""
    temp = work / "tmp"
    return sorted(set(temp.glob(PLATFORMS)) - set(temp.glob(CACHES)))


def processes(work: Path) -> dict[int, str]:
    """Return pid and program of each process that has to do with the directory, except this one and its parents."""
    own = {os.getpid(), os.getppid()}
    found = _from_proc(work) if Path("/proc/self/cmdline").exists() else _from_ps(work)
    return {pid: name for pid, name in found.items() if pid not in own}


def _from_proc(work: Path) -> dict[int, str]:
    marks = {os.fsencode(work), os.fsencode(work.resolve())}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = b"\0".join((folder / name).read_bytes() for name in ("cmdline", "environ"))
            links = b"\0".join(os.fsencode(os.readlink(folder / name)) for name in ("cwd", "exe"))
        except OSError:  # it has ended, or it is somebody else's
            continue
        if any(mark in told or mark in links for mark in marks):
            found[int(folder.name)] = (folder / "comm").read_text(errors="replace").strip()
    return found


def _from_ps(work: Path) -> dict[int, str]:
    listed = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 1) for line in listed.splitlines()]
    return {int(row[0]): Path(row[1].split()[0]).name for row in rows if len(row) > 1 and str(work) in row[1]}

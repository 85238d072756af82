"""Whatever ends a run, its servers and directories go with it, and the next run is green."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from goldenpath.polling import NotYet, until
from lint.leftovers import directories, processes

WAITING = Path(__file__).parent / "interrupted" / "waiting.robot"
ROBOT = [sys.executable, "-m", "robot"]
PABOT = [sys.executable, "-m", "pabot.pabot", "--pabotlibport", "0", "--processes", "2"]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    """A directory that everything of the run names: whatever names it later was left behind."""
    (tmp_path / "tmp").mkdir()
    if os.geteuid() == 0:  # PostgreSQL runs as another account
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o711)
    yield tmp_path
    for pid in processes(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def start(command: list[str], work: Path) -> subprocess.Popen[bytes]:
    """Start the run and wait until its platform is up and its test waits on a socket."""
    with (work / "console.txt").open("wb") as console:
        run = subprocess.Popen(
            [*command, "--outputdir", str(work / "results"), str(WAITING)],
            stdout=console,
            stderr=console,
            cwd=work,
            env={**os.environ, "TMPDIR": str(work / "tmp")},
            start_new_session=True,
        )

    async def is_waiting() -> bool:
        if run.poll() is not None:
            pytest.fail((work / "console.txt").read_text())
        servers = {"postgres", "valkey-server"} & set(processes(work).values())
        told = [work / "console.txt", *(work / "results").rglob("robot_stdout.out")]
        if len(servers) < 2 or not any("waiting" in file.read_text(errors="replace") for file in told):
            raise NotYet(f"servers: {servers}")
        return True

    await until(is_waiting, within_s=60, every_s=0.1, what="a test that waits")
    return run


def is_ours(pid: int) -> bool:
    """pabot's remote server outlives a killed pabot and holds nothing of ours; what has just ended is nobody's."""
    try:
        return b"pabotlib" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


async def everything_is_gone(work: Path) -> None:
    async def nothing() -> bool:
        ours = [f"{pid} {name}" for pid, name in processes(work).items() if is_ours(pid)]
        if left := [*ours, *directories(work)]:
            raise NotYet(str(left))
        return True

    await until(nothing, within_s=15, every_s=0.1, what="the end of everything that the run had started")


def kill_the_starter(run: subprocess.Popen[bytes], work: Path) -> None:
    run.kill()


def kill_the_robots(run: subprocess.Popen[bytes], work: Path) -> None:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(work).encode() in command and b"robot" in command and int(folder.name) != run.pid:
            with suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)


def press_ctrl_c(run: subprocess.Popen[bytes], work: Path) -> None:
    os.killpg(run.pid, signal.SIGINT)


@pytest.mark.parametrize(
    ("command", "interrupt"),
    [
        (ROBOT, kill_the_starter),
        (ROBOT, press_ctrl_c),
        (PABOT, kill_the_starter),
        (PABOT, kill_the_robots),
        (PABOT, press_ctrl_c),
    ],
)
async def test_nothing_is_left(
    work: Path, command: list[str], interrupt: Callable[[subprocess.Popen[bytes], Path], None]
) -> None:
    run = await start(command, work)
    interrupt(run, work)
    run.wait(60)
    await everything_is_gone(work)
    assert run.returncode != 0

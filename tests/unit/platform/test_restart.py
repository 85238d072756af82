"""A server in several lives: what it keeps, what is ended between them, and what freezing it means."""

import signal
import sys
from pathlib import Path

import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform.order import AtEnd
from goldenpath.platform.process import ServerEndedError
from goldenpath.polling import until
from tests.unit.platform.waiting import gone, is_alive, logged, started

FOREVER = ("/bin/sh", "-c", "read word; echo up with $word and $SECRET; exec tail -f /dev/null")
# Like PostgreSQL: with a child in a session of its own, which does not end with its parent.
PARENT = (
    sys.executable,
    "-c",
    "import os, signal; child = os.fork(); child or os.setsid(); print(child or '', flush=True); signal.pause()",
)
POLITE = (
    sys.executable,
    "-c",
    "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()",
)
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a guard of grandchildren")


async def lives(server, count: int, text: str = "up with") -> None:
    async def look() -> bool | None:
        return server.log_tail().count(text) == count or None

    await until(look, within_s=5, what=f"life {count} of {server.name}")


async def child_of(server) -> int:
    async def look() -> int | None:
        return next((int(line) for line in server.log_tail().splitlines() if line.isdigit()), None)

    return await until(look, within_s=5, what="a child")


async def in_state(letter: str, *pids: int) -> None:
    async def look() -> bool | None:
        states = {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids}
        return states == {letter} or None

    await until(look, within_s=2, what=f"state {letter} of all processes")


@pytest.mark.parametrize("ending", ["kill", "halt", "restart"])
async def test_a_server_starts_again_as_it_was(start, shared, ending):
    server = start("one", *FOREVER, input="a word\n", env={"SECRET": "canary", "PATH": "/usr/bin:/bin"})
    await lives(server, 1)
    (shared / "one" / "kept").write_text("still there")
    first = server.pid
    if ending == "kill":
        server.kill()
        assert server.wait_ended(2)
    elif ending == "halt":
        server.halt()
    server.restart()
    assert server.running
    assert not is_alive(first)
    assert server.pid != first
    await lives(server, 2, "up with a word and canary")
    assert (shared / "one" / "kept").read_text() == "still there"
    server.check()
    server.stop()
    assert not is_alive(server.pid)
    assert not shared.exists()


async def test_a_halted_server_has_ended_and_keeps_its_directory_until_the_end(start, shared):
    server = start("one", *FOREVER)
    pid = await started(server)
    server.halt()
    server.halt()
    assert not is_alive(pid)
    assert not server.running
    with pytest.raises(ServerEndedError, match="one ended with code -15"):
        server.check()
    assert (shared / "one" / "log").exists()
    server.stop()
    assert not shared.exists()


async def test_a_restart_right_after_the_start_waits_for_it(start):
    server = start("one", *FOREVER)
    server.restart()
    server.restart()
    assert server.running


@on_linux
@pytest.mark.parametrize("ending", ["restart", "halt", "stop"])
async def test_what_a_killed_server_left_behind_is_ended(start, ending):
    server = start("one", *PARENT)
    child = await child_of(server)
    server.kill()
    assert server.wait_ended(2)
    assert is_alive(child)
    getattr(server, ending)()
    await gone(child)


@on_linux
async def test_frozen_means_all_processes_of_a_server_until_it_is_thawed(start):
    server = start("one", *PARENT)
    child = await child_of(server)
    with server.frozen():
        await in_state("T", server.pid, child)
        assert server.running
    await in_state("S", server.pid, child)


@on_linux
@pytest.mark.parametrize("ending", ["restart", "halt", "stop", "kill"])
async def test_a_frozen_server_ends_with_all_its_processes(start, ending):
    server = start("one", *PARENT)
    child, pid = await child_of(server), server.pid
    server.freeze()
    getattr(server, ending)()
    await gone(pid)
    server.stop()
    await gone(child)


async def test_a_frozen_server_hears_that_it_is_to_end(start):
    server = start("one", *POLITE)
    await logged(server, "up")
    server.freeze()
    server.halt()
    with pytest.raises(ServerEndedError, match="one ended with code 7"):
        server.check()


async def test_freezing_a_server_that_has_ended_does_nothing(start):
    server = start("one", *FOREVER)
    await started(server)
    server.halt()
    server.freeze()
    server.thaw()
    server.kill(signal.SIGCONT)


async def test_what_is_not_this_runs_own_is_left_alone(start):
    nothing = start("postgres", at_end=AtEnd(("/bin/true",), {}))
    for what in (nothing.halt, nothing.restart, nothing.freeze, nothing.kill):
        with pytest.raises(PlatformStartError, match="postgres is a server of your own"):
            what()


async def test_a_program_that_is_no_longer_there_is_told(start, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nread never || exec tail -f /dev/null\n")
    program.chmod(0o700)
    server = start("one", str(program))
    await started(server)
    program.unlink()
    server.restart()
    assert server.wait_ended(2)
    with pytest.raises(ServerEndedError, match="No such file or directory"):
        server.check()


async def test_a_guard_that_was_ended_is_told(start):
    server = start("one", *FOREVER)
    await logged(server, "up")
    server._guard.kill()
    server._guard.wait()
    with pytest.raises(PlatformStartError, match="guard of one did not obey"):
        server.restart()

"""One server under its guard: it lives as long as its owner, and nothing of it stays."""

import json
import os
import signal
import subprocess
import sys

import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform import manifest
from goldenpath.platform.order import AtEnd, DataCopy
from goldenpath.platform.process import GUARD, PortTakenError, ServerEndedError, TemplateDamagedError
from goldenpath.polling import NotYet
from tests.unit.platform.waiting import command_lines, gone, is_alive, logged, started

FOREVER = ("/bin/sh", "-c", "echo up; while :; do read never || exec tail -f /dev/null; done")
STUBBORN = ("/bin/sh", "-c", "trap '' TERM; echo up; while :; do tail -f /dev/null; done")


async def test_the_owner_closes_the_lifeline(start, shared):
    server = start("one", *FOREVER)
    pid = await started(server)
    assert (shared / "one" / "log").exists()
    server.stop()
    assert not is_alive(pid)
    assert not shared.exists()


async def test_a_second_stop_does_nothing(start):
    server = start("one", *FOREVER)
    await started(server)
    server.stop()
    server.stop()


async def test_a_server_that_ignores_the_signal_is_killed(start):
    server = start("one", *STUBBORN, stop=((signal.SIGTERM, 0.1), (signal.SIGKILL, 1.0)))
    await logged(server, "up")
    pid = server.pid
    server.stop()
    await gone(pid)


async def test_a_frozen_server_is_stopped(start):
    server = start("one", *FOREVER)
    await logged(server, "up")
    pid = server.pid
    server.kill(signal.SIGSTOP)
    server.stop()
    await gone(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death")
async def test_a_killed_guard_takes_its_server_along(start, shared):
    server = start("one", *FOREVER)
    await logged(server, "up")
    pid = server.pid
    os.kill(server.guard_pid, signal.SIGKILL)
    await gone(pid)
    assert server.wait_ended(2)
    with pytest.raises(ServerEndedError, match="guard of one was ended from outside"):
        server.check()
    server.stop()
    assert not (shared / "one").exists()


async def test_the_last_guard_removes_the_shared_directory(start, shared):
    first, second = start("one", *FOREVER), start("two", *FOREVER)
    await started(first)
    await started(second)
    first.stop()
    assert [entry.name for entry in shared.iterdir()] == ["two"]
    second.stop()
    assert not shared.exists()


async def test_a_server_outlives_those_that_use_it(start):
    store = start("store", *FOREVER)
    user = start("user", *STUBBORN, uses=(store,), stop=((signal.SIGTERM, 0.3), (signal.SIGKILL, 1.0)))
    await logged(user, "up")
    await started(store)
    store_pid, user_pid = store.pid, user.pid
    store.release()
    user.release()
    await gone(user_pid)
    user.stop()
    store.stop()
    await gone(store_pid)


async def test_the_store_stays_while_a_user_of_it_stays(start):
    store = start("store", *FOREVER)
    user = start("user", *FOREVER, uses=(store,))
    await started(store)
    await started(user)
    store.release()
    assert not store.wait_ended(0.3)
    user.stop()
    assert store.wait_ended(2)


async def test_something_is_run_when_all_users_are_gone(start, shared, tmp_path):
    told = tmp_path / "told"
    # The user's directory is removed by its guard, after the user has ended.
    script = 'test -e "$USERS_DIRECTORY" && echo too early > "$TOLD" || echo "$WORD" > "$TOLD"'
    env = {"TOLD": str(told), "WORD": "in time", "USERS_DIRECTORY": str(shared / "user"), "PATH": os.defpath}
    cleaner = start("cleaner", at_end=AtEnd(("/bin/sh", "-c", script), env))
    user = start("user", *FOREVER, uses=(cleaner,))
    await started(user)
    cleaner.release()
    user.release()
    cleaner.stop()
    assert told.read_text() == "in time\n"


@pytest.mark.parametrize("code", [0, 1])
async def test_it_is_told_whether_the_cleaning_worked(start, code):
    cleaner = start("cleaner", at_end=AtEnd(("/bin/sh", "-c", f"exit {code}"), {}))
    cleaner.stop()
    assert cleaner.cleaned == (code == 0)


async def test_an_early_end_is_told_with_the_log(start):
    server = start("one", "/bin/sh", "-c", "echo the reason; exit 3")

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(ServerEndedError, match=r"(?s)one ended with code 3.*the reason"):
        await server.ready(never, 5)


async def test_a_program_that_is_not_there_is_told(start):
    server = start("one", "/no/such/program")

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(ServerEndedError, match="No such file or directory"):
        await server.ready(never, 5)


async def test_a_taken_port_is_told_as_such(start):
    server = start("one", "/bin/sh", "-c", "echo bind: Address already in use; exit 1", port=15999)

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(PortTakenError):
        await server.ready(never, 5)


async def test_no_answer_in_time_is_told_with_the_log(start):
    server = start("one", *FOREVER)
    await logged(server, "up")

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(PlatformStartError, match=r"(?s)an answer of one did not happen within 0.2 s.*no answer.*up"):
        await server.ready(never, 0.2)


async def test_a_directory_that_cannot_be_made_is_told_with_a_remedy(start, shared):
    shared.parent.mkdir(exist_ok=True)
    shared.write_text("a file in the way")
    server = start("one", *FOREVER)

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(PlatformStartError, match="one could not be started"):
        await server.ready(never, 5)


async def test_secrets_are_on_no_command_line(start):
    argv = ("/bin/sh", "-c", 'read word; echo "$word and $SECRET"; exec tail -f /dev/null')
    server = start("one", *argv, env={"SECRET": "canary-env", "PATH": os.defpath}, input="canary-input\n")
    await logged(server, "canary-input and canary-env")
    assert "canary" not in command_lines()
    assert "canary" not in repr(server.order)


async def test_the_data_are_copied_whole(start, shared, tmp_path):
    template = _template(tmp_path)
    server = start("one", *FOREVER, data=template)
    await started(server)
    data = shared / "one" / "data"
    assert (data / "below" / "big").read_bytes() == (template.source / "below" / "big").read_bytes()
    assert (data / "empty").is_dir()


@pytest.mark.parametrize("damage", ["missing file", "cut file", "missing manifest"])
async def test_a_damaged_template_is_told(start, tmp_path, damage):
    template = _template(tmp_path)
    match damage:
        case "missing file":
            (template.source / "below" / "big").unlink()
        case "cut file":
            (template.source / "below" / "big").write_bytes(b"")
        case "missing manifest":
            template.manifest.unlink()
    server = start("one", *FOREVER, data=template)

    async def never() -> None:
        raise NotYet("no answer")

    with pytest.raises(TemplateDamagedError, match="cached data for one is damaged"):
        await server.ready(never, 5)


def test_an_order_that_was_cut_off_makes_nothing(tmp_path):
    order = json.dumps({"shared": str(tmp_path / "shared"), "directory": str(tmp_path / "shared" / "one")})
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(GUARD)], input=order[:-5].encode(), capture_output=True, timeout=10, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert list(tmp_path.iterdir()) == []


def _template(tmp_path) -> DataCopy:
    tree = tmp_path / "tree"
    (tree / "below").mkdir(parents=True)
    (tree / "empty").mkdir()
    (tree / "below" / "big").write_bytes(os.urandom(3_000_000))
    (tree / "nothing").touch()
    manifest.write(tree, tmp_path / "manifest.json")
    return DataCopy(tree, tmp_path / "manifest.json")

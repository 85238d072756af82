"""PostgreSQL and Valkey of a platform: fresh, ours, and gone in every case."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

import asyncpg
import pytest
import redis.asyncio

from goldenpath.errors import PlatformStartError
from goldenpath.platform import places, ports
from goldenpath.platform.places import cache_directory, new_platform_directory
from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.service import ServiceSet, start_set
from goldenpath.platform.valkey import EmbeddedValkey
from tests.unit.platform.waiting import command_lines, gone, is_alive

OWNER = """
import os, signal, sys
from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.service import start_set
from goldenpath.platform.valkey import EmbeddedValkey
def build(services):
    return services.add(EmbeddedPostgres(services.directory)), services.add(EmbeddedValkey(services.directory))
services, both = start_set(build)
print(services.directory, *(pid for one in both for pid in (one.process.pid, one.process.guard_pid)), flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


def start_both(services: ServiceSet) -> tuple[EmbeddedPostgres, EmbeddedValkey]:
    return services.add(EmbeddedPostgres(services.directory)), services.add(EmbeddedValkey(services.directory))


@pytest.fixture
def fresh_temp(monkeypatch):
    """A directory for temporary files that nobody has used, open to the account that root's PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="with a space ") as directory:
        os.chmod(directory, 0o755)
        monkeypatch.setattr(tempfile, "tempdir", directory)
        monkeypatch.setenv("TMPDIR", directory)
        yield pathlib.Path(directory)


async def test_the_database_is_migrated_and_the_server_is_ours(postgres_url, postgres_server):
    connection = await asyncpg.connect(postgres_url)
    try:
        tables = {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname='public'")}
        assert {"users", "threads", "messages", "runs", "run_events", "usage_records"} <= tables
        assert await connection.fetchval("SHOW cluster_name") in str(postgres_server.process.log_path)
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
    finally:
        await connection.close()


async def test_nobody_gets_in_without_the_password(postgres_url, redis_url):
    port = postgres_url.rsplit(":", 1)[1]
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}")
    async with redis.asyncio.from_url("redis://127.0.0.1:" + redis_url.rsplit(":", 1)[1]) as client:
        with pytest.raises(redis.AuthenticationError):
            await client.ping()


def test_no_secret_is_on_a_command_line(postgres_server, valkey_server):
    for server in (postgres_server, valkey_server):
        password = server.url.split(":")[2].split("@")[0]
        lines = command_lines()
        assert password not in lines


async def test_a_killed_owner_leaves_no_process_and_no_directory():
    done = subprocess.run([sys.executable, "-c", OWNER, "now"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    directory, *pids = done.stdout.split()
    for pid in pids:
        await gone(int(pid), within_s=2)
    assert not pathlib.Path(directory).exists()


async def test_an_interrupt_at_the_terminal_does_not_reach_the_servers():
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = [int(word) for word in owner.stdout.readline().split()[1:]]
    sessions = {os.getsid(pid) for pid in pids}
    assert os.getsid(owner.pid) not in sessions
    os.killpg(owner.pid, signal.SIGINT)  # what Ctrl-C does
    owner.communicate(timeout=10)
    for pid in pids:
        await gone(pid, within_s=2)


async def test_two_sets_side_by_side_share_nothing():
    first_set, (first, first_valkey) = start_set(start_both)
    second_set, (second, second_valkey) = start_set(start_both)
    try:
        connection = await asyncpg.connect(first.url)
        await connection.execute("CREATE TABLE only_here ()")
        await connection.close()
        connection = await asyncpg.connect(second.url)
        assert await connection.fetchval("SELECT to_regclass('only_here')") is None
        await connection.close()
        assert first_valkey.url != second_valkey.url
        first_set.stop()
        assert not is_alive(first.process.guard_pid)
        assert second.process.running
        assert second_valkey.process.running
    finally:
        first_set.stop()
        second_set.stop()
    assert not first_set.directory.exists()
    assert not second_set.directory.exists()


@pytest.mark.parametrize("which", [0, 1], ids=["postgres", "valkey"])
async def test_a_taken_port_is_answered_with_another(monkeypatch, which):
    real, asked = ports.free_port, []
    with socket.create_server((ports.HOST, 0)) as other:
        taken = other.getsockname()[1]

        def free_port() -> int:
            asked.append(taken if len(asked) == which else real())
            return asked[-1]

        monkeypatch.setattr(ports, "free_port", free_port)
        services, both = start_set(start_both)
        try:
            assert len(asked) == 4
            assert both[which].process.running
            assert str(taken) not in both[which].url
        finally:
            services.stop()


async def test_a_port_that_stays_taken_is_told(monkeypatch):
    with socket.create_server((ports.HOST, 0)) as other:
        monkeypatch.setattr(ports, "free_port", lambda: other.getsockname()[1])
        directory = new_platform_directory()
        monkeypatch.setattr(places, "new_platform_directory", lambda: directory)
        with pytest.raises(PlatformStartError, match="valkey ended with code 1"):
            start_set(lambda services: services.add(EmbeddedValkey(services.directory)))
        assert not directory.exists()


def test_four_owners_race_for_the_template(fresh_temp):
    env = {**os.environ, "TMPDIR": str(fresh_temp)}
    owners = [
        subprocess.Popen([sys.executable, "-c", OWNER, "now"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        for _ in range(4)
    ]
    for owner in owners:
        _, said = owner.communicate(timeout=120)
        assert owner.returncode == -signal.SIGKILL, said.decode()
    assert (
        len([entry for entry in cache_directory().iterdir() if entry.name.startswith("template-") and entry.is_dir()])
        == 1
    )


async def test_a_damaged_template_is_made_anew(fresh_temp):
    def start_one() -> None:
        services, postgres = start_set(lambda services: services.add(EmbeddedPostgres(services.directory)))
        assert postgres.version
        services.stop()

    start_one()
    (template,) = (entry for entry in cache_directory().iterdir() if entry.is_dir())
    for damage in (template / "data" / "global" / "pg_control", template / "password", template / "manifest.json"):
        before = (template / "build").read_text()
        damage.unlink()
        start_one()
        assert damage.exists()
        assert (template / "build").read_text() != before
    assert [entry.name for entry in fresh_temp.iterdir()] == [cache_directory().name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an account that does not exist")
def test_a_user_id_without_an_account_is_refused_with_a_remedy():
    told, tell = os.pipe()
    child = os.fork()  # an interpreter that lies in root's home could not be started by that account
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(61234)
            os.setuid(61234)
            EmbeddedPostgres(pathlib.Path("/nowhere"))
        except BaseException as refusal:
            os.write(tell, f"{type(refusal).__name__}: {refusal}".encode())
        os._exit(0)
    os.close(tell)
    os.waitpid(child, 0)
    with os.fdopen(told) as said:
        text = said.read()
    assert text.startswith("PlatformStartError: user id 61234 has no account on this machine")
    assert "set GOLDENPATH_POSTGRES_URL" in text


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root on Linux can make a small disk")
@pytest.mark.parametrize("size", ["4m", "34m"], ids=["for initdb", "for the copy"])
def test_a_full_disk_is_told_with_a_remedy(fresh_temp, size):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "tmpfs", fresh_temp], check=False)
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        with pytest.raises(PlatformStartError, match=r"(?i)(free (some )?space).*set TMPDIR"):
            start_set(start_both)
        assert {entry.name for entry in fresh_temp.iterdir()} <= {cache_directory().name}
    finally:
        subprocess.run(["umount", fresh_temp], check=True)

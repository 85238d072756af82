"""A whole platform: everything real, its own, ready together and gone together."""

import pathlib
import signal
import subprocess
import sys

import asyncpg
import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform import places
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions, embedded_platform
from goldenpath.platform.http_service import get
from tests.unit.platform.waiting import command_lines, gone, is_alive

OWNER = """
import os, signal
from goldenpath.platform.embedded import PlatformOptions, embedded_platform
platform = embedded_platform(PlatformOptions())
directory = platform.logs["auth"].parent.parent
print(directory, *(pid for one in platform.processes.values() for pid in (one.pid, one.guard_pid)), flush=True)
"""


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1].split("/", maxsplit=1)[0])


def pids_of(platform: EmbeddedPlatform) -> list[int]:
    return [pid for one in platform.processes.values() for pid in (one.pid, one.guard_pid)]


async def test_everything_answers(platform):
    for url in (platform.auth_url, *platform.backend_urls):
        status, body = await get(port_of(url), "/health/ready")
        assert (status, b'"ready"' in body) == (200, True), body
    assert platform.ws_urls == [f"{platform.backend_urls[0].replace('http', 'ws')}/ws"]
    assert platform.versions()["PostgreSQL"].startswith("18")
    assert platform.openid_url is None
    assert 0 < platform.startup_s < 30


def test_nothing_is_logged_as_an_error(platform):
    assert platform.error_lines() == []
    assert platform.log_lines("auth", "INFO")


async def test_database_connections_carry_the_services_names(platform):
    connection = await asyncpg.connect(platform.postgres_url)
    try:
        names = {row[0] for row in await connection.fetch("SELECT application_name FROM pg_stat_activity")}
    finally:
        await connection.close()
    assert any(name.startswith("gp-auth") for name in names)
    assert any(name.startswith("gp-backend") for name in names)


def test_no_secret_is_on_a_command_line(platform):
    lines = command_lines()
    environment = platform.processes["auth"].order.env
    for name in ("GP_JWT_SECRET", "GP_SERVICE_SECRET", "GP_POSTGRES_URL", "GP_REDIS_URL"):
        assert environment[name] not in lines
        assert environment[name] not in repr(platform.processes["auth"].order)


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)", "raise SystemExit(3)"])
async def test_nothing_is_left_however_the_owner_ends(ending):
    done = subprocess.run(
        [sys.executable, "-c", OWNER + ending], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout, done.stderr
    directory, *pids = done.stdout.split()
    for pid in pids:
        await gone(int(pid), within_s=3)
    assert not pathlib.Path(directory).exists()


async def test_equal_options_share_a_platform_and_others_restart_it():
    first = embedded_platform(PlatformOptions())
    assert embedded_platform(PlatformOptions()) is first
    first_pids = pids_of(first)
    second = embedded_platform(PlatformOptions(instances=2, openid=True))
    try:
        assert not any(is_alive(pid) for pid in first_pids)
        assert len(set(second.backend_urls)) == 2
        for url in second.backend_urls:
            assert (await get(port_of(url), "/health/ready"))[0] == 200
        status, body = await get(port_of(second.openid_url), "/.well-known/openid-configuration")
        assert (status, second.openid_url.encode() in body) == (200, True)
    finally:
        second.stop()
        second.stop()
    assert not any(is_alive(pid) for pid in pids_of(second))
    third = embedded_platform(PlatformOptions(instances=2, openid=True))  # a stopped one is not given out again
    assert third is not second
    third.stop()


def test_a_refused_option_is_told_in_its_own_words_and_leaves_nothing(monkeypatch):
    directory = places.new_platform_directory()
    monkeypatch.setattr(places, "new_platform_directory", lambda: directory)
    with pytest.raises(PlatformStartError, match=r"(?s)auth ended with code 2.*--no-such-option"):
        EmbeddedPlatform.start(PlatformOptions(auth_options=("--no-such-option",)))
    assert not directory.exists()


async def test_a_killed_backend_is_only_that():
    platform = EmbeddedPlatform.start(PlatformOptions())
    try:
        backend = platform.processes["backend-1"]
        backend.kill(signal.SIGKILL)
        assert backend.wait_ended(2)
        assert (await get(port_of(platform.auth_url), "/health/ready"))[0] == 200
    finally:
        platform.stop()

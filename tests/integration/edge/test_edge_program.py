"""How the adapter starts, and how a start is refused."""

import asyncio
import os
import socket
import subprocess
import sys

import pytest
from edge_user import QUESTION, new_person

from goldenpath.errors import UsageError
from goldenpath.platform import places
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.ports import free_port

PASSWORD = "correct horse battery staple of the fixed user"


def started(*arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sut.edge.netra_apex", *arguments],
        env={**os.environ, "GP_DEV_LOGIN_PASSWORD": password},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def options(auth_port: int, backend_port: int) -> list[str]:
    behind = "http://127.0.0.1:1"
    return [
        *("--auth-port", str(auth_port), "--auth-url", behind),
        *("--backend-port", str(backend_port), "--backend-url", behind),
    ]


@pytest.mark.parametrize(
    ("more", "password", "words"),
    [
        (["--no-such-option"], PASSWORD, "--no-such-option"),
        ([], "", "GP_DEV_LOGIN_PASSWORD is not set"),
        ([], "hidden", "must have at least 32"),
    ],
)
def test_a_bad_setting_is_refused_with_one_sentence(more, password, words):
    done = started(*options(free_port(), free_port()), *more, password=password)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.startswith("sut.edge.netra_apex: ")
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr


@pytest.mark.parametrize("which", [0, 1])
def test_a_port_that_is_taken_is_named(which):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = [free_port(), free_port()]
        ports[which] = port
        done = started(*options(*ports))
    assert done.returncode == 2
    assert done.stderr == f"Port {port} on 127.0.0.1 cannot be opened: Address already in use.\n"


def test_an_adapter_that_does_not_exist_is_refused_and_leaves_nothing(monkeypatch):
    directory = places.new_platform_directory()
    monkeypatch.setattr(places, "new_platform_directory", lambda: directory)
    with pytest.raises(UsageError, match="no adapter for the dialect 'nonsense'; there are: netra-apex"):
        EmbeddedPlatform.start(PlatformOptions(edge="nonsense"))
    assert not directory.exists()


def test_what_stands_behind_stays_reachable(platform):
    inner = [platform.inner_auth_url, *platform.inner_backend_urls]
    outer = [platform.auth_url, *platform.backend_urls]
    assert len({*inner, *outer}) == 4
    assert platform.ws_urls == [f"ws{platform.backend_urls[0].removeprefix('http')}/ws"]
    assert "edge" in platform.processes


async def test_each_of_several_backends_has_its_own_address():
    platform = await asyncio.to_thread(EmbeddedPlatform.start, PlatformOptions(edge="netra-apex", instances=2))
    person = await new_person(platform)
    try:
        first, second = [await person.chat(url=url) for url in platform.ws_urls]
        await first.say(type="user_message", payload={"content": QUESTION})
        end = await second.until_type("agent_completed")
        assert end == await first.until_type("agent_completed")
        assert first.frames[0]["server_id"] != second.frames[0]["server_id"]
    finally:
        await person.leave()
        await asyncio.to_thread(platform.stop)

"""Requests made from the descriptions, good and malformed: no crash, no answer that is not described."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from auth_service import SERVICE_SECRET, RunningAuth, start_auth
from checked import Visitor

from goldenpath.schemas import SCHEMAS, SERVICE_FILES, Service

CONFIG = Path(__file__).with_name("schemathesis.toml")
# Bounded, so that all of it takes less than a minute on two cores that are free. What is made from each schema's limits
# ("coverage") is where faults were found; without a token nearly every request ends at the same check.
THOROUGH = ("--phases", "coverage,fuzzing,stateful", "--max-examples", "4")
BRIEF = ("--phases", "fuzzing", "--max-examples", "4")
LIMITS = ("--phases", "coverage")
# The first ends the very session that the other requests use; the second is for sockets, which this cannot open.
LEFT_OUT = ("logout", "upgrade", "upgradeV1")
FOR_SERVICES = ("validate", "makeUser")


@pytest.fixture
def service_auth(postgres_url: str, redis_url: str) -> Iterator[RunningAuth]:
    """An auth service whose secret for services is known."""
    running = start_auth(postgres_url, redis_url)
    yield running
    running.servers.stop()


@pytest.mark.parametrize("service", ["auth", "backend"])
@pytest.mark.parametrize("known", [True, False], ids=["token", "no-token"])
async def test_no_request_leads_off_the_description(
    ada: Visitor, tmp_path: Path, service: Service, known: bool
) -> None:
    options = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
    url = ada.auth.base_url if service == "auth" else ada.backend.base_url
    effort = THOROUGH if known else BRIEF
    code, told = await _generated(url, service, ada.token if known else "", tmp_path, *effort, *options)
    assert code == 0, told
    assert "generated" in told
    assert ada.platform.error_lines() == []


async def test_no_logout_leads_off_the_description(ada: Visitor, tmp_path: Path) -> None:
    code, told = await _generated(
        ada.auth.base_url, "auth", ada.token, tmp_path, *LIMITS, "--include-operation-id", "logout"
    )
    assert code == 0, told
    assert ada.platform.error_lines() == []


async def test_no_request_of_a_service_leads_off_the_description(service_auth: RunningAuth, tmp_path: Path) -> None:
    async with service_auth.client() as client:
        body = {"service_id": "backend", "service_secret": SERVICE_SECRET}
        token = (await client.post("/auth/service-token", json=body)).json()["access_token"]
        url = str(client.base_url)
    options = [part for name in FOR_SERVICES for part in ("--include-operation-id", name)]
    code, told = await _generated(url, "auth", token, tmp_path, *LIMITS, *options)
    assert code == 0, told
    assert service_auth.error_lines() == []


async def _generated(url: str, service: Service, token: str, directory: Path, *options: str) -> tuple[int, str]:
    """Run schemathesis; the token travels in the environment.

    With one worker: two threads that parse Python at once (hypothesis does, to describe its rules) trip over a fault of
    CPython 3.11, "AST constructor recursion depth mismatch" (python/cpython#106905).
    """
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
        *("run", str(SCHEMAS / SERVICE_FILES[service]), "--url", url),
        *("--workers", "1", "--no-color", "--continue-on-failure", *options),
        env={**os.environ, "GP_TEST_AUTHORIZATION": f"Bearer {token}".strip()},
        cwd=directory,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await program.communicate()
    assert program.returncode is not None
    return program.returncode, output.decode()

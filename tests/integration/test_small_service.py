"""What every service of the platform owes to the server that runs it, shown on a service of a few lines."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from goldenpath.platform import ports
from goldenpath.polling import until

PROGRAM = """
import asyncio, sys
from types import SimpleNamespace
from starlette.responses import Response
from starlette.routing import Route
from sut.common.server import Service, serve
from sut.common.web import platform_app

async def build():
    broken = asyncio.Event()

    async def large(request):
        return Response(b"x" * 32_000_000)

    async def break_it(request):
        broken.set()
        return Response()

    async def tell(what):
        print(what, flush=True)

    async def start():
        await tell("started")

    async def failed():
        await broken.wait()

    async def drain():
        await tell("drained")

    app = platform_app([Route("/large", large), Route("/break", break_it)])
    return Service(app, start, failed, drain)

sys.exit(serve(build, SimpleNamespace(
    host="127.0.0.1", port=int(sys.argv[1]), startup_timeout_s=5, startup_delay_s=0,
    request_timeout_s=float(sys.argv[2]), waiting_connections=20)))
"""
WITHIN_S = 0.5
LARGE = 32_000_000


class Small:
    """The service, running."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.get(f"http://127.0.0.1:{self.port}{path}")

    async def asks_for_large(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        return reader, writer


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    port = ports.free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(port), str(WITHIN_S), stdout=subprocess.PIPE
    )
    service = Small(process, port)
    await until(lambda: is_ready(service), within_s=10, what="the start", ignoring=(httpx.TransportError,))
    yield service
    if process.returncode is None:
        process.kill()
        await process.wait()
    ports.give_back(port)


async def is_ready(service: Small) -> bool | None:
    return (await service.get("/large")).status_code == 200 or None


async def test_a_service_that_has_failed_is_stopped_in_order_and_says_so(small: Small) -> None:
    assert (await small.get("/break")).status_code == 200
    async with asyncio.timeout(5):
        told, _ = await small.process.communicate()
    assert small.process.returncode == 1
    assert told.split() == [b"started", b"drained"]


async def test_a_client_that_does_not_take_its_answer_is_cut(small: Small) -> None:
    reader, writer = await small.asks_for_large()
    taken = len(await asyncio.wait_for(reader.readexactly(1000), 5))
    with pytest.raises(TimeoutError):  # nothing is read meanwhile
        await asyncio.wait_for(asyncio.Event().wait(), 4 * WITHIN_S)
    with contextlib.suppress(ConnectionError):
        while chunk := await asyncio.wait_for(reader.read(2**20), 5):
            taken += len(chunk)
    # what was under way already; else all of it would come, however late it is read
    assert taken < LARGE / 2
    writer.close()


async def test_a_client_that_takes_its_time_gets_all_of_its_answer(small: Small) -> None:
    reader, writer = await small.asks_for_large()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 200")
    began = asyncio.get_running_loop().time()
    taken = 0

    async def some_more() -> bool | None:
        nonlocal taken
        taken += len(await reader.readexactly(min(LARGE // 20, LARGE - taken)))
        return taken == LARGE or None

    await until(some_more, within_s=20, every_s=WITHIN_S / 4, what="the whole answer")
    assert asyncio.get_running_loop().time() - began > 2 * WITHIN_S
    writer.close()

"""Connections that do not become requests: slow, endless, idle or unreadable ones, at both services, byte by byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from backend_user import new_person
from raw_socket import RawSocket, says

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.polling import NotYet, until
from goldenpath.schemas import error_codes

WITHIN_S = 1
OPEN = 20
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = b"GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
POST = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n"
Answer = tuple[int, dict[str, str], Any]


@pytest.fixture(scope="module")
def strict() -> Iterator[EmbeddedPlatform]:
    limits = ("--request-timeout", str(WITHIN_S), "--waiting-connections", str(OPEN))
    running = EmbeddedPlatform.start(PlatformOptions(backend_options=limits, auth_options=limits))
    yield running
    assert running.error_lines() == []
    running.stop()


class Line:
    """A connection to a service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, url: str) -> "Line":
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def answer(self) -> Answer:
        """Read an answer: status, headers, body."""
        async with asyncio.timeout(5):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await self.reader.readexactly(int(headers["content-length"]))
        return int(first.split()[1]), headers, json.loads(body)

    async def says(self, data: bytes) -> Answer:
        self.writer.write(data)
        return await self.answer()

    async def dribbles(self, data: bytes, every_s: float = 0.1) -> float:
        """Send a few bytes again and again until the other side has enough: after how many seconds."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def one_more() -> float:
            self.writer.write(data)
            try:
                async with asyncio.timeout(every_s):
                    if not await self.reader.read(1):
                        return loop.time() - began
            except TimeoutError:
                raise NotYet("the connection is open") from None
            except ConnectionError:
                return loop.time() - began
            raise NotYet("there was an answer")

        return await until(one_more, within_s=8, what="the end of the connection")

    async def ended(self, within_s: float = 5) -> bytes:
        async with asyncio.timeout(within_s):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def check_error(answer: Answer, code: str) -> None:
    status, headers, body = answer
    assert (status, body["error"]["code"]) == (error_codes()[code]["status"], code)
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert headers["x-trace-id"] == body["error"]["trace_id"]
    assert UUID(headers["x-request-id"]).version == 7


Connect = Callable[[], Awaitable[Line]]


@pytest.fixture(params=["auth", "backend"])
def url(strict: EmbeddedPlatform, request: pytest.FixtureRequest) -> str:
    return strict.auth_url if request.param == "auth" else strict.backend_urls[0]


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    """Opens connections to a service."""
    lines = []

    async def one_more() -> Line:
        lines.append(await Line.open(url))
        return lines[-1]

    yield one_more
    for line in lines:
        line.writer.transport.abort()


@pytest.mark.parametrize("begin", [b"G", LIVE[:-2], LIVE + LIVE[:-2]], ids=["line", "header", "second header"])
async def test_a_request_that_does_not_end_is_refused_in_its_time(connect: Connect, begin: bytes) -> None:
    line = await connect()
    began = asyncio.get_running_loop().time()
    line.writer.write(begin)
    if begin.startswith(LIVE):
        assert (await line.answer())[0] == 200
    check_error(await line.answer(), "REQUEST_TIMEOUT")
    assert WITHIN_S * 0.9 < asyncio.get_running_loop().time() - began < WITHIN_S + 1
    assert await line.ended() == b""


@pytest.mark.parametrize("url", ["auth"], indirect=True)
@pytest.mark.parametrize("begin", [POST, POST + b" " * 39_999], ids=["no body", "body"])
async def test_a_body_that_does_not_end_is_refused_in_its_time(connect: Connect, begin: bytes) -> None:
    line = await connect()
    check_error(await line.says(begin), "REQUEST_TIMEOUT")
    assert await line.ended() == b""


async def test_bytes_buy_no_time(connect: Connect) -> None:
    slow = await connect()
    slow.writer.write(LIVE[:-2])
    assert await slow.dribbles(b"x-more: 1\r\n") < WITHIN_S + 1


async def test_a_connection_without_a_word_is_closed(connect: Connect) -> None:
    line = await connect()
    assert await line.ended(WITHIN_S + 1) == b""


async def test_what_lies_between_requests_buys_no_time(connect: Connect) -> None:
    line = await connect()
    assert (await line.says(LIVE))[0] == 200
    assert await line.dribbles(b"\r\n") < 6.5


async def test_the_rest_of_an_answered_request_is_not_waited_for_long(connect: Connect) -> None:
    line = await connect()
    assert (await line.says(REFUSED + b"12"))[0] in (401, 404)
    assert await line.ended(WITHIN_S + 1) == b""
    whole = await connect()
    assert (await whole.says(REFUSED))[0] in (401, 404)
    whole.writer.write(b"12345")
    assert (await whole.says(LIVE))[0] == 200
    late = await connect()
    assert (await late.says(REFUSED))[0] in (401, 404)
    late.writer.write(b"12345")
    assert await late.ended(WITHIN_S + 1) == b""


async def test_requests_one_after_the_other_each_have_their_time(connect: Connect) -> None:
    line = await connect()
    for _ in range(4):
        line.writer.write(LIVE[:20])
        assert await _nothing_comes(line, WITHIN_S * 0.5)
        assert (await line.says(LIVE[20:]))[0] == 200
    both = await line.says(LIVE + LIVE), await line.answer()
    assert [status for status, _, _ in both] == [200, 200]


async def _nothing_comes(line: Line, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return not await line.reader.read(1)
    except TimeoutError:
        return True


async def test_an_open_socket_has_all_the_time(strict: EmbeddedPlatform) -> None:
    person = await new_person(strict)
    parts = urlsplit(strict.ws_urls[0])
    raw = RawSocket(*await asyncio.open_connection(parts.hostname, parts.port))
    await raw.send(LIVE)
    assert (await raw.answer())[0] == 200
    assert (await raw.upgrade(person.token))[0] == 101
    await raw.until("connection_established")
    with pytest.raises(TimeoutError):
        await raw.read(WITHIN_S * 1.5)
    await raw.send(says("ping", ref="r"))
    await raw.until("pong")
    raw.drop()
    await person.leave()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1 x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_in_the_form_of_the_contract(connect: Connect, sent: bytes) -> None:
    line = await connect()
    check_error(await line.says(sent), "INVALID_REQUEST")
    assert await line.ended() == b""


async def test_an_endless_header_is_refused_before_it_takes_much_room(connect: Connect) -> None:
    line = await connect()
    line.writer.write(b"GET / HTTP/1.1\r\nx-endless: ")
    assert await _nothing_comes(line, WITHIN_S * 0.1)
    check_error(await line.says(b"x" * 70_000), "INVALID_REQUEST")
    most = await connect()
    assert (await most.says(LIVE[:-2] + b"x-long: " + b"x" * 60_000 + b"\r\n\r\n"))[0] == 200


async def test_of_too_many_waiting_connections_the_oldest_is_closed_and_others_are_served_at_once(
    connect: Connect,
) -> None:
    oldest = await connect()
    assert (await oldest.says(LIVE))[0] == 200
    crowd = [await connect() for _ in range(OPEN)]
    for line in crowd:
        line.writer.write(LIVE[:20])
    assert await oldest.ended(WITHIN_S * 0.5) == b""
    took = []
    for _ in range(3):
        began = asyncio.get_running_loop().time()
        assert (await (await connect()).says(LIVE))[0] == 200
        took.append(asyncio.get_running_loop().time() - began)
    assert max(took) < 0.3
    # those that came last are still listened to
    assert (await crowd[-1].says(LIVE[20:]))[0] == 200

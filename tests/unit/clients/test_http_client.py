"""HTTP calls against a server that answers byte by byte what a test wants."""

import asyncio
import json
import time
from typing import Any

import pytest
from local_servers import TcpHandler, tcp_server

from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.http import HttpClient, Reply
from goldenpath.errors import PromiseBroken


def answer(status: int, body: Any, kind: str = "application/json") -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\nX-Trace-Id: t1\r\n\r\n"
    return head.encode() + content


def answering(*answers: bytes, requests: list[str] | None = None) -> TcpHandler:
    """Answer the requests of all connections in turn, and note them."""
    left = iter(answers)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            text = head.decode()
            length = next((int(x.split(":")[1]) for x in text.split("\r\n") if x.lower().startswith("content-le")), 0)
            text += (await reader.readexactly(length)).decode()
            if requests is not None:
                requests.append(text)
            writer.write(next(left))

    async def until_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return until_gone


async def test_a_reply_keeps_what_was_answered_and_when() -> None:
    before = time.monotonic_ns()
    async with tcp_server(answering(answer(200, {"items": [1]}))) as place:
        client = HttpClient(f"http://{place}/")
        reply = await client.call("GET", "/api/threads", query={"limit": 5, "cursor": None})
        await client.close()
    assert (reply.method, reply.path, reply.status, reply.body) == ("GET", "/api/threads", 200, {"items": [1]})
    assert reply.headers["x-trace-id"] == "t1"
    assert before <= reply.started_ns < reply.ended_ns <= time.monotonic_ns()
    assert reply.expect(200, 201) is reply


async def test_another_status_is_a_broken_promise_in_the_platforms_words() -> None:
    body = {"error": {"code": "INVALID_CREDENTIALS", "message": "Wrong password", "trace_id": "7"}}
    async with tcp_server(answering(answer(401, body))) as place:
        client = AuthClient(f"http://{place}")
        reply = await client.login("ada@x.test", "hunter2")
        await client.close()
    expected = r"^POST /auth/login answered 401 INVALID_CREDENTIALS: Wrong password; expected 200 or 201$"
    with pytest.raises(PromiseBroken, match=expected):
        reply.expect(200, 201)


def test_a_reply_and_its_failure_never_show_a_token() -> None:
    body = {"access_token": "hunter2", "user": {"id": "u1"}}
    reply = Reply("POST", "/auth/login", 200, {"Set-Cookie": "hunter2"}, body, 0, 1_500_000_000)
    with pytest.raises(PromiseBroken, match="u1") as failed:
        reply.expect(401)
    assert "hunter2" not in f"{failed.value} {reply!r} {reply}"
    assert reply.took_s == 1.5


async def test_the_token_travels_as_bearer_and_the_body_as_json() -> None:
    requests: list[str] = []
    async with tcp_server(answering(answer(204, b""), answer(200, {}), requests=requests)) as place:
        client = AuthClient(f"http://{place}")
        (await client.logout("t0k", all_devices=True)).expect(204)
        (await client.login("a", "b")).expect(200)
        await client.close()
    assert requests[0].startswith("POST /auth/logout HTTP/1.1\r\n")
    assert "authorization: bearer t0k\r\n" in requests[0].lower()
    assert requests[0].endswith('{"all_devices":true}')
    assert "authorization" not in requests[1].lower()


async def test_all_pages_are_read() -> None:
    requests: list[str] = []
    pages = [
        answer(200, {"items": [{"seq": 1}, {"seq": 2}], "next_cursor": "c/1"}),
        answer(200, {"items": [{"seq": 3}], "next_cursor": None}),
    ]
    async with tcp_server(answering(*pages, requests=requests)) as place:
        client = BackendClient(f"http://{place}")
        assert [item["seq"] for item in await client.all_messages("tok", "t1", page_size=2)] == [1, 2, 3]
        await client.close()
    assert [request.split(" ")[1] for request in requests] == [
        "/api/threads/t1/messages?limit=2",
        "/api/threads/t1/messages?limit=2&cursor=c%2F1",
    ]


async def test_pages_that_never_end_are_found_out() -> None:
    page = answer(200, {"items": [], "next_cursor": "c"})
    async with tcp_server(answering(page, page, page)) as place:
        client = BackendClient(f"http://{place}")
        with pytest.raises(PromiseBroken, match="same next_cursor twice"):
            await client.all_messages("tok", "t1")
        await client.close()


async def test_nobody_there_is_no_answer() -> None:
    client = BackendClient("http://127.0.0.1:1")
    with pytest.raises(NoAnswer, match=r"^GET /health/ready got no answer from http://127\.0\.0\.1:1: .*"):
        await client.health()
    await client.close()


async def test_a_connection_cut_inside_the_answer_is_no_answer() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(200, {"items": []})[:-3])
        writer.close()

    async with tcp_server(cut) as place:
        client = BackendClient(f"http://{place}")
        with pytest.raises(NoAnswer, match="/api/agents got no answer"):
            await client.agents("tok")
        await client.close()


async def test_an_answer_that_trickles_in_must_be_whole_in_time() -> None:
    gone = asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
        while not gone.is_set():
            writer.write(b"x")
            await asyncio.wait([asyncio.create_task(gone.wait())], timeout=0.02)
        writer.close()

    async with tcp_server(trickle) as place:
        client = HttpClient(f"http://{place}")
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"within 0\.2 s"):
            await client.call("GET", "/", within_s=0.2)
        assert time.monotonic() - began < 2
        gone.set()
        await client.close()


async def test_requests_side_by_side_do_not_queue_in_the_client() -> None:
    waiting, everybody = 0, asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        await reader.readuntil(b"\r\n\r\n")
        waiting += 1
        if waiting == 150:
            everybody.set()
        await everybody.wait()
        writer.write(answer(200, {}))
        writer.close()

    async with tcp_server(handle) as place:
        client = HttpClient(f"http://{place}")
        replies = await asyncio.gather(*(client.call("GET", "/") for _ in range(150)))
        await client.close()
    assert {reply.status for reply in replies} == {200}

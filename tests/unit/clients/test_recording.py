"""Every call of a client is in the history: whose it was, what came back, and whether it worked."""

import asyncio
import json

import pytest
from local_servers import socket_server, tcp_server
from test_http_client import answer, answering
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.clients.http import HttpClient
from goldenpath.history.exchange import NOBODY, UPGRADE
from goldenpath.history.recorder import HistoryFullError, Recorder


async def test_a_login_makes_later_calls_known_as_the_users() -> None:
    recorder = Recorder()
    recorder.people.add("Ada", ["gpc"], ["a@x.test"])
    tokens = {"access_token": "t0k", "refresh_token": "r0k"}
    async with tcp_server(answering(answer(200, tokens), answer(200, {}), answer(401, {}), answer(200, {}))) as place:
        client = AuthClient(f"http://{place}", recorder)
        await client.login("a@x.test", "hunter2")
        await client.me("t0k")
        await client.refresh("r0k")
        await client.call("GET", "/open", query={"a": 1, "b": None}, headers={"X-Here": "y"})
        await client.close()
    login, me, refresh, stranger = recorder.exchanges
    assert [exchange.owner for exchange in recorder.exchanges] == ["Ada", "Ada", "Ada", NOBODY]
    assert [exchange.outcome for exchange in recorder.exchanges] == ["ok", "ok", "failed", "ok"]
    assert (login.method, login.path, login.status) == ("POST", "/auth/login", 200)
    assert json.loads(login.request)["password"] == "hunter2"
    assert json.loads(login.answer) == tokens
    assert login.headers["x-trace-id"] == "t1"
    assert login.sent_ns < login.ended_ns <= me.sent_ns
    assert refresh.status == 401
    assert "authorization" not in me.sent_headers
    assert (dict(stranger.query), stranger.sent_headers["x-here"]) == ({"a": "1"}, "y")
    shown = f"{recorder.exchanges!r} {login}"
    assert not any(secret in shown for secret in ("hunter2", "t0k", "r0k"))
    assert recorder.characters == sum(exchange.size() for exchange in recorder.exchanges) > 0


async def test_without_an_answer_it_may_have_worked() -> None:
    recorder = Recorder()

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with tcp_server(cut) as cutting, tcp_server(silent) as waiting:
        clients = [HttpClient(f"http://{place}", recorder) for place in (cutting, waiting)]
        with pytest.raises(NoAnswer):
            await clients[0].call("POST", "/cut")
        with pytest.raises(NoAnswer):
            await clients[1].call("POST", "/late", within_s=0.05)
        given_up = asyncio.create_task(clients[1].call("POST", "/given-up"))
        await asyncio.wait([given_up], timeout=0.05)
        given_up.cancel()
        await asyncio.wait([given_up])
        for client in clients:
            await client.close()
    with pytest.raises(NoAnswer):
        await clients[0].call("POST", "/nobody-there")
    told = [(exchange.path, exchange.status, exchange.outcome) for exchange in recorder.exchanges]
    assert told == [
        ("/cut", None, "indeterminate"),
        ("/late", None, "indeterminate"),
        ("/given-up", None, "indeterminate"),
        ("/nobody-there", None, "failed"),
    ]
    assert all(exchange.trouble for exchange in recorder.exchanges)


async def test_a_full_history_is_an_error_of_the_call() -> None:
    async with tcp_server(answering(answer(200, {}))) as place:
        client = HttpClient(f"http://{place}", Recorder(most_frames=0))
        with pytest.raises(HistoryFullError, match="came to GET /x"):
            await client.call("GET", "/x")
        await client.close()


async def test_a_failed_handshake_is_an_exchange_with_status_and_body() -> None:
    recorder = Recorder()

    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(401, '{"error": {"code": "TOKEN_EXPIRED"}}')

    async def never(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with socket_server(never, process_request=refuse) as url:
        with pytest.raises(HandshakeRefused):
            await ChatSocket.open(
                f"{url}?token=t0k", "t0k", channel=recorder.channel("Ada", "a"), carrier="subprotocol"
            )
    with pytest.raises(NoAnswer):
        await ChatSocket.open(url, "t0k", channel=recorder.channel("Ada", "b"))
    refused, unreachable = recorder.exchanges
    assert (refused.owner, refused.method, refused.path, refused.status) == ("Ada", UPGRADE, "/ws", 401)
    assert "TOKEN_EXPIRED" in refused.answer
    assert refused.headers
    assert (unreachable.status, unreachable.outcome) == (None, "failed")
    assert "t0k" not in repr([(exchange.sent_headers, exchange.query, exchange) for exchange in recorder.exchanges])

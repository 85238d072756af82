"""The chat socket against a real server: what is sent, what is recorded, and who ended it how."""

import asyncio
import base64
import time
from http import HTTPStatus
from typing import Any

import pytest
from local_servers import socket_server, tcp_server
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from goldenpath import runtime
from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel, HistoryFullError, Recorder

TOKEN = "eyJhbGciOi.J9+/x==.secret"


async def until_closed(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


def named(name: str) -> Any:
    return lambda frame: frame.type == name


async def test_frames_are_recorded_in_both_directions(channel: Channel) -> None:
    async with socket_server(echo) as url:
        before = time.monotonic_ns()
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        assert before <= socket.connect_started_ns < socket.opened_ns == channel.opened_ns
        sent = await socket.send({"type": "ping", "name": "Zoë"})
        back = await channel.wait_for(named("ping"), 5, "ping")
        await socket.send_text("{no json")
        await socket.send_text(b"\x00\xff")
        binary = await channel.wait_for(lambda frame: isinstance(frame.raw, bytes), 5, "bytes")
        await socket.close()
    assert [frame.direction for frame in channel.frames].count("out") == 3
    assert sent.raw == back.raw == '{"type": "ping", "name": "Zoë"}'
    assert sent.at_ns < back.at_ns
    assert binary.raw == b"\x00\xff"


@pytest.mark.parametrize("carrier", ["header", "subprotocol"])
async def test_the_token_travels_in_its_carrier_only(channel: Channel, carrier: Any) -> None:
    seen: list[Headers] = []

    async def note(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers)

    async with socket_server(note, select_subprotocol=lambda _, offered: "jwt-auth" if offered else None) as url:
        headers = {"traceparent": "00-1-2-01"}
        socket = await ChatSocket.open(
            url, TOKEN, channel=channel, carrier=carrier, headers=headers, origin="https://shop.test"
        )
        await channel.wait_closed(5)
        await socket.close()
    assert (seen[0]["traceparent"], seen[0]["Origin"]) == ("00-1-2-01", "https://shop.test")
    if carrier == "header":
        assert seen[0]["Authorization"] == f"Bearer {TOKEN}"
        assert "Sec-WebSocket-Protocol" not in seen[0]
        assert socket.subprotocol is None
    else:
        assert "Authorization" not in seen[0]
        auth, jwt = seen[0]["Sec-WebSocket-Protocol"].split(", ")
        assert (auth, socket.subprotocol) == ("jwt-auth", "jwt-auth")
        encoded = jwt.removeprefix("jwt.")
        assert base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode() == TOKEN


async def test_without_a_token_none_is_sent(channel: Channel) -> None:
    seen: list[Headers] = []

    async def note(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers)

    async with socket_server(note) as url:
        await ChatSocket.open(url, None, channel=channel, carrier="subprotocol")
        await channel.wait_closed(5)
    assert "Authorization" not in seen[0]
    assert "Sec-WebSocket-Protocol" not in seen[0]


async def test_a_refusal_keeps_status_headers_and_body(channel: Channel) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        body = b'{"error":{"code":"TOKEN_EXPIRED","message":"Refresh it"}}'
        headers = Headers({"Content-Type": "application/json", "Retry-After": "3", "Content-Length": str(len(body))})
        return Response(HTTPStatus.UNAUTHORIZED, "Unauthorized", headers, body)

    async with socket_server(until_closed, process_request=refuse) as url:
        with pytest.raises(HandshakeRefused, match="was refused: 401 TOKEN_EXPIRED: Refresh it") as refused:
            await ChatSocket.open(f"{url}?token={TOKEN}", TOKEN, channel=channel)
    assert refused.value.status == 401
    assert refused.value.headers["retry-after"] == "3"
    assert refused.value.body["error"]["code"] == "TOKEN_EXPIRED"
    assert "secret" not in str(refused.value)


async def test_a_redirect_is_a_refusal(channel: Channel) -> None:
    def elsewhere(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/elsewhere":
            return None
        return Response(302, "Found", Headers({"Location": "/elsewhere", "Content-Length": "0"}), b"")

    async with socket_server(until_closed, process_request=elsewhere) as url:
        with pytest.raises(HandshakeRefused) as refused:
            await ChatSocket.open(url, TOKEN, channel=channel)
    assert refused.value.status == 302


async def test_a_wrong_handshake_is_told_without_the_token(channel: Channel) -> None:
    def answer_with_token(connection: ServerConnection, request: Request, response: Response) -> None:
        response.headers["Sec-WebSocket-Protocol"] = "jwt.secret"

    async with socket_server(until_closed, process_response=answer_with_token) as url:
        with pytest.raises(PromiseBroken, match="no valid handshake: NegotiationError") as broken:
            await ChatSocket.open(url, TOKEN, channel=channel, carrier="subprotocol")
    assert "secret" not in str(broken.value)


async def test_nobody_there_is_no_answer(channel: Channel) -> None:
    with pytest.raises(NoAnswer, match=r"ws://127\.0\.0\.1:1/ws got no answer"):
        await ChatSocket.open("ws://127.0.0.1:1/ws", TOKEN, channel=channel)


async def test_a_silent_server_is_no_answer(channel: Channel) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with tcp_server(silent) as place:
        with pytest.raises(NoAnswer, match=r"within 0\.1 s"):
            await ChatSocket.open(f"ws://{place}/ws", TOKEN, channel=channel, within_s=0.1)


async def test_a_server_that_hangs_up_is_no_answer(channel: Channel) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with tcp_server(hang_up) as place:
        with pytest.raises(NoAnswer, match="the connection ended before"):
            await ChatSocket.open(f"ws://{place}/ws", TOKEN, channel=channel)


async def test_a_close_by_the_server_is_recorded_after_its_last_frame(channel: Channel) -> None:
    async def say_and_close(connection: ServerConnection) -> None:
        await connection.recv()
        for n in range(50):
            await connection.send(f'{{"type":"n{n}"}}')
        await connection.close(1008, "session revoked")

    async with socket_server(say_and_close) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        last = asyncio.create_task(channel.wait_for(named("n49"), 5, "the last frame"))
        await socket.send({})
        assert (await last).type == "n49"
        end = await channel.wait_closed(5)
        with pytest.raises(PromiseBroken, match=r"Nothing can be sent: ada's socket is closed by the server with 1008"):
            await socket.send({"type": "ping"})
        await socket.close()
    assert (end.code, end.reason, end.by) == (1008, "session revoked", "server")
    assert len(channel.frames) == 51
    assert channel.frames[-1].at_ns <= end.at_ns + 50_000_000


@pytest.mark.parametrize("with_the_handshake", [True, False])
async def test_the_close_frame_counts_not_the_end_of_tcp(channel: Channel, with_the_handshake: bool) -> None:
    judged = asyncio.Event()

    async def close_and_hold(connection: ServerConnection) -> None:
        if with_the_handshake:
            await connection.send('{"type":"error"}')
        else:
            await connection.recv()
        connection.transport.pause_reading()  # so it never sees the answer, and keeps the connection
        connection.protocol.send_close(1008, "session revoked")
        connection.send_data()
        await asyncio.wait([asyncio.create_task(judged.wait())], timeout=5)
        connection.transport.abort()

    async with socket_server(close_and_hold) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        if not with_the_handshake:
            await socket.send({"type": "error"})
        end = await channel.wait_closed(1)
        assert (end.code, end.by) == (1008, "server")
        assert [frame.type for frame in channel.frames] == ["error"]
        judged.set()
        await socket.close()
    assert channel.closed is end


async def test_our_own_close_is_ours(channel: Channel) -> None:
    async with socket_server(until_closed) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        await socket.close(1001)
        await socket.close()
    assert channel.closed is not None
    assert (channel.closed.code, channel.closed.by) == (1001, "client")


async def test_a_dropped_connection_has_no_close_frame(channel: Channel) -> None:
    codes: asyncio.Queue[int | None] = asyncio.Queue()

    async def note(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.put_nowait(connection.close_code)

    async with socket_server(note) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        await socket.drop()
        assert await asyncio.wait_for(codes.get(), 5) == 1006
    assert channel.closed is not None
    assert (channel.closed.code, channel.closed.by) == (1006, "client")


async def test_a_connection_that_breaks_is_the_networks(channel: Channel) -> None:
    async def vanish(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    async with socket_server(vanish) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        await socket.send({})
        end = await channel.wait_closed(5)
        await socket.drop()
    assert (end.code, end.by) == (1006, "network")
    assert channel.closed is end


async def test_a_frame_beyond_two_mebibytes_is_refused_by_us(channel: Channel) -> None:
    async def send_too_much(connection: ServerConnection) -> None:
        await connection.send("x" * (2 * 1024 * 1024))
        await connection.send("x" * (2 * 1024 * 1024 + 1))
        await connection.wait_closed()

    async with socket_server(send_too_much) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        end = await channel.wait_closed(5)
        await socket.close()
    assert (end.code, end.by) == (1009, "client")
    assert [len(frame.raw) for frame in channel.frames] == [2 * 1024 * 1024]


async def test_a_fragmented_message_is_one_frame(channel: Channel) -> None:
    async def in_parts(connection: ServerConnection) -> None:
        await connection.send(iter(['{"type":', '"whole"}']))
        await connection.wait_closed()

    async with socket_server(in_parts) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        assert (await channel.wait_for(named("whole"), 5, "whole")).raw == '{"type":"whole"}'
        await socket.close()


async def test_a_full_history_ends_the_socket_and_tells_why() -> None:
    let_go = asyncio.Event()

    async def flood(connection: ServerConnection) -> None:
        for _ in range(20):
            await connection.send("{}")
        await connection.wait_closed()
        let_go.set()

    channel = Recorder(most_frames=10).channel("ada", "socket")
    async with socket_server(flood) as url:
        socket = await ChatSocket.open(url, TOKEN, channel=channel)
        with pytest.raises(HistoryFullError, match="The history of this test is full: 10 frames"):
            await channel.wait_for(named("never"), 5, "never")
        end = await channel.wait_closed(5)
        await asyncio.wait_for(let_go.wait(), 2)
        await socket.close()
    assert "history of this test is full" in end.reason
    assert len(channel.frames) == 10


def test_the_same_from_a_thread_on_the_loop_in_the_background(channel: Channel) -> None:
    """Everything once more through `runtime`, whose loop is uvloop where there is one."""

    async def serve_until(stop: asyncio.Event, address: "asyncio.Future[str]") -> None:
        async with socket_server(echo) as url:
            address.set_result(url)
            await stop.wait()

    async def prepare() -> tuple[asyncio.Event, "asyncio.Future[str]"]:
        return asyncio.Event(), asyncio.get_running_loop().create_future()

    async def at(address: "asyncio.Future[str]") -> str:
        return await address

    async def leave(stop: asyncio.Event) -> None:
        stop.set()

    try:
        stop, address = runtime.run(prepare())
        server = runtime.submit(serve_until(stop, address))
        url = runtime.run(at(address), 5)
        socket = runtime.run(ChatSocket.open(url, TOKEN, channel=channel))
        runtime.run(socket.send({"type": "hello"}))
        frame: Frame = runtime.run(channel.wait_for(named("hello"), 5, "hello"))
        assert frame.direction == "in"
        runtime.run(socket.drop())
        other = Recorder().channel("ben", "socket")
        socket = runtime.run(ChatSocket.open(url, TOKEN, channel=other))
        runtime.run(socket.close(1000))
        runtime.run(leave(stop))
        server.result(5)
    finally:
        runtime.stop()
    assert [(c.closed.code, c.closed.by) for c in (channel, other) if c.closed] == [(1006, "client"), (1000, "client")]

"""The socket against clients that keep to no rules: handshakes and frames byte by byte."""

import json
import time
from collections.abc import AsyncIterator

import pytest
from backend_user import QUESTION, Person
from raw_socket import BINARY, CLOSE, GONE, PING, PONG, TEXT, RawSocket, closes, frame, says
from redis.asyncio import Redis

from goldenpath.polling import until

DEEP = 30_000
# some 20 frames each: enough for the buffers between, and for what may wait inside the server
QUESTIONS_FOR_SLOW = 40
LONGEST = b'{"type":"ping","ref":"r"}'.ljust(65_536)


def in_fragments(message: bytes, size: int) -> list[bytes]:
    """The frames of a message that is sent in pieces."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    kinds = [TEXT, *[0] * (len(pieces) - 1)]
    last = len(pieces) - 1
    return [frame(piece, kinds[n], fin=n == last) for n, piece in enumerate(pieces)]


@pytest.fixture
async def raw(ada: Person) -> AsyncIterator[RawSocket]:
    """An open socket of ada's, greeted."""
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    assert (await connection.upgrade(ada.token))[0] == 101
    await connection.until("connection_established")
    yield connection
    connection.drop()


async def still_good(ada: Person) -> None:
    """The good client is served as before."""
    chat = await ada.chat()
    await chat.pong("still good")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sec_websocket_version": "12"}, 426, "UPGRADE_REQUIRED"),
        ({"sec_websocket_version": "13, 8"}, 426, "UPGRADE_REQUIRED"),
        ({"sec_websocket_version": None}, 426, "UPGRADE_REQUIRED"),
        ({"sec_websocket_key": None}, 400, "BAD_HANDSHAKE"),
        ({"sec_websocket_key": "c2hvcnQ="}, 400, "BAD_HANDSHAKE"),
        ({"sec_websocket_key": "?"}, 400, "BAD_HANDSHAKE"),
        ({"method": "POST"}, 400, "BAD_HANDSHAKE"),
        ({"authorization": None}, 401, "UNAUTHENTICATED"),
        ({"authorization": "Bearer x.y.z"}, 401, "UNAUTHENTICATED"),
        ({"path": "/ws/"}, 404, "NOT_FOUND"),
    ],
)
async def test_bad_handshake_is_refused_as_json(
    ada: Person, changes: dict[str, str | None], status: int, code: str
) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    told, headers, body = await connection.upgrade(ada.token, **changes)  # type: ignore[arg-type]
    assert (told, json.loads(body)["error"]["code"]) == (status, code)
    assert headers["content-type"] == "application/json"
    assert headers["x-trace-id"] == json.loads(body)["error"]["trace_id"]
    assert "x-request-id" in headers
    assert headers.get("sec-websocket-version") == ("13" if status == 426 else None)
    assert await connection.end() == GONE
    await still_good(ada)


@pytest.mark.parametrize("changes", [{"version": "HTTP/1.0"}, {"path": "/ws\xff"}])
async def test_what_is_not_http_1_1_in_ascii_is_refused(ada: Person, changes: dict[str, str]) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    assert (await connection.upgrade(ada.token, **changes))[0] == 400  # type: ignore[arg-type]
    await still_good(ada)


async def test_compression_is_declined(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    status, headers, _ = await connection.upgrade(ada.token, sec_websocket_extensions="permessage-deflate; x=99")
    assert status == 101
    assert "sec-websocket-extensions" not in headers
    connection.drop()


async def test_frames_in_the_packet_of_the_handshake_are_kept(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    early = (
        frame(b"p", PING)
        + says("ping", ref="one")
        + says("user_message", {"content": QUESTION, "client_message_id": "m"})
    )
    status, _, _ = await connection.upgrade(ada.token, early=early)
    assert status == 101
    kinds = []
    while "message_ack" not in kinds:
        opcode, payload = await connection.read()
        kinds.append("PONG" if opcode == PONG else json.loads(payload)["type"])
    assert kinds.index("connection_established") < kinds.index("pong") < kinds.index("message_ack")
    assert "PONG" in kinds
    connection.drop()


async def test_early_frames_that_break_the_rules_are_answered_after_the_handshake(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    assert (await connection.upgrade(ada.token, early=frame(b"x", 3)))[0] == 101
    assert await connection.end() == 1002
    await still_good(ada)


async def test_early_frames_of_somebody_who_may_not_connect_do_nothing(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    early = says("user_message", {"content": QUESTION, "client_message_id": "m"})
    assert (await connection.upgrade("no.good.token", early=early * 500))[0] == 401
    assert (await ada.get("/api/threads"))["items"] == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"{}", masked=False), 1002),
        (frame(b"{}", rsv=4), 1002),
        (frame(b"{}", 3), 1002),
        (frame(b"{}", 11), 1002),
        (frame(b"{}", 0), 1002),
        (frame(b"{", fin=False) + frame(b"}"), 1002),
        (frame(b"x", PING, fin=False), 1002),
        (frame(b"x" * 126, PING), 1002),
        (frame(b"x", CLOSE), 1002),
        (closes(1000, b"\xff"), 1007),
        (closes(999), 1002),
        (closes(1005), 1002),
        (closes(1011), 1012),
        (closes(1000) + says("ping"), 1000),
        (closes(1000) * 2, 1000),
        (closes(4321), 4321),
        (frame(b"", CLOSE), 1005),
        (frame(b"x", BINARY), 1003),
        (frame(b"\xc0\x80"), 1007),
        (frame(b"\xed\xa0\x80"), 1007),
        (frame(b"\xf4\x90\x80\x80"), 1007),
        (frame(b"\xff") + closes(1000), 1000),
        (frame(b"\x80"), 1007),
        (frame(b" " * 65_537), 1009),
        (frame(b" " * 40_000, fin=False) + frame(b" " * 40_000, 0), 1009),
        (b"".join(in_fragments(b" " * 65_537, 1_000)), 1009),
        (frame(b" " * 65_536, fin=False) + frame(b"", 0, fin=False) + frame(b" ", 0), 1009),
        (frame(b" " * 2_000_000), 1009),
        (b"\x81\xff" + (2**63 - 1).to_bytes(8, "big"), 1009),
    ],
)
async def test_what_breaks_the_rules_closes_with_its_code(ada: Person, raw: RawSocket, sent: bytes, code: int) -> None:
    await raw.send(sent)
    assert await raw.end() == code
    await still_good(ada)


@pytest.mark.parametrize(
    "sent",
    [
        [frame(b'{"type":"ping",', fin=False), frame(b"ping", PING), frame(b'"ref":"r"}', 0)],
        [frame('{"type":"ping","ref":"r","data":{"x":"ü'.encode()[:-1], fin=False), frame(b'\xbc"}}', 0)],
        [frame(b"", fin=False), *[frame(b"", 0, fin=False)] * 5_000, frame(b'{"type":"ping","ref":"r"}', 0)],
        [bytes([byte]) for byte in says("ping", ref="r")],
        [frame(b"unasked", PONG), says("ping", ref="r")],
        [frame(LONGEST)],
        in_fragments(LONGEST, 1_000),
        in_fragments(LONGEST, 7),
        [b"".join(in_fragments(LONGEST, 65_535))],
        [frame('{"type":"ping","ref":"r","data":{"x":"\ufffe\U0010ffff"}}'.encode())],
    ],
)
async def test_unusual_but_allowed_forms_are_understood(raw: RawSocket, sent: list[bytes]) -> None:
    for part in sent:
        await raw.send(part)
    assert (await raw.until("pong"))["data"]["ref"] == "r"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "INVALID_JSON"),
        (" ", "INVALID_JSON"),
        ("null", "INVALID_INPUT"),
        ("0", "INVALID_INPUT"),
        ('"x"', "INVALID_INPUT"),
        ("[" * DEEP + "]" * DEEP, "INVALID_JSON"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "INVALID_JSON"),
        ("{}{}", "INVALID_JSON"),
        ('\ufeff{"type":"ping"}', "INVALID_JSON"),
        ('{"type":"ping",}', "INVALID_JSON"),
        ('{"type":"ping","x":Infinity}', "INVALID_JSON"),
        ('{"type":"ping","x":' + "9" * 5_000 + "}", "INVALID_JSON"),
        ('{"type":null}', "INVALID_INPUT"),
        ('{"type":"PING"}', "UNKNOWN_TYPE"),
        ('{"type":"ping "}', "UNKNOWN_TYPE"),
        ('{"type":"__proto__"}', "UNKNOWN_TYPE"),
        ('{"type":"agent_completed"}', "UNKNOWN_TYPE"),
        ('{"type":"pi\\u0000ng"}', "INVALID_INPUT"),
        ('{"type":"ping","ref":"' + "r" * 65 + '"}', "INVALID_INPUT"),
        ('{"type":"resume","payload":{"thread_id":"x","after_seq":1e400}}', "INVALID_INPUT"),
        ('{"type":"resume","payload":{"thread_id":"x\\u0000","after_seq":1}}', "INVALID_INPUT"),
        ('{"type":"stop_agent","payload":{"run_id":["x"]}}', "NOT_FOUND"),
    ],
)
async def test_bad_message_is_told_and_the_socket_stays(raw: RawSocket, text: str, code: str) -> None:
    await raw.send(frame(text.encode()))
    assert (await raw.until("error"))["data"]["error"]["code"] == code
    await raw.send(says("ping", ref="r" * 64))
    assert (await raw.until("pong"))["data"]["ref"] == "r" * 64


async def test_a_thousand_pings_at_once_are_all_answered(raw: RawSocket) -> None:
    await raw.send(b"".join(says("ping", ref=str(number)) for number in range(1000)))
    refs = [(await raw.until("pong"))["data"]["ref"] for _ in range(1000)]
    assert sorted(refs, key=int) == [str(number) for number in range(1000)]


@pytest.mark.parametrize("how", ["reset", "half close"])
async def test_client_that_just_goes_leaves_nothing(ada: Person, raw: RawSocket, how: str) -> None:
    await raw.send(says("user_message", {"content": QUESTION, "client_message_id": "m"}))
    await raw.until("message_ack")
    if how == "reset":
        raw.drop()
    else:
        raw.writer.write_eof()
        assert await raw.end() == GONE
    chat = await ada.chat()
    await has_one_slot(ada)
    await chat.pong("here")


async def has_one_slot(person: Person) -> None:
    """Wait until Redis knows of one socket of a user."""
    key = f"{person.platform.redis_prefix}presence:{person.user_id}"
    async with Redis.from_url(person.platform.redis_url) as cache:

        async def one() -> bool | None:
            return await cache.hlen(key) == 1 or None

        await until(one, within_s=5, what="one slot")


async def test_slow_reader_is_cut_and_misses_nothing_and_delays_nobody(ada: Person) -> None:
    slow = await RawSocket.connect(ada.platform.ws_urls[0], receive_buffer=4096)
    assert (await slow.upgrade(ada.token))[0] == 101
    chat = await ada.chat()
    took = []
    for _ in range(QUESTIONS_FOR_SLOW):
        began = time.monotonic()
        end = await chat.answered(await chat.ask())
        took.append(time.monotonic() - began)
    await has_one_slot(ada)
    assert max(took) < 2
    assert await slow.end() in (1013, GONE)
    again = await ada.chat()
    await again.send("resume", {"thread_id": end["thread_id"], "after_seq": 0})
    done = await again.until_type("replay_complete")
    seqs = [frame["seq"] for frame in again.frames if "seq" in frame]
    assert seqs == list(range(1, done["data"]["last_seq"] + 1))


async def test_token_in_the_query_is_in_no_log(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    assert (await connection.upgrade("", path=f"/ws?token={ada.token}", authorization=None))[0] == 401
    await still_good(ada)
    for name, path in ada.platform.logs.items():
        assert ada.token.split(".")[2] not in path.read_text(errors="replace"), name


async def test_text_is_what_the_greeting_comes_as(ada: Person) -> None:
    connection = await RawSocket.connect(ada.platform.ws_urls[0])
    await connection.upgrade(ada.token)
    opcode, payload = await connection.read()
    assert (opcode, json.loads(payload)["type"]) == (TEXT, "connection_established")
    connection.drop()

"""The WebSocket of the backend, over the wire, with everything real."""

import asyncio
import base64
import json

import pytest
from backend_user import ENDS, QUESTION, STORED, Chat, Person
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

TRACE = "0af7651916cd43dd8448eb211c80319c"


def as_subprotocol(token: str) -> Subprotocol:
    return Subprotocol("jwt." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("="))


async def test_greeting_is_first_and_only_one(ada: Person) -> None:
    chat = await ada.chat()
    await chat.pong("end")
    assert [frame["type"] for frame in chat.frames] == ["connection_established", "pong"]
    greeting = chat.frames[0]
    assert greeting["user_id"] == ada.user_id
    assert greeting["data"]["heartbeat_s"] == 15
    assert {"connection_id", "session_id", "limits"} <= greeting["data"].keys()


@pytest.mark.parametrize("turned", [False, True])
async def test_browser_carrier(ada: Person, turned: bool) -> None:
    offered = [Subprotocol("jwt-auth"), as_subprotocol(ada.token)]
    chat = await ada.chat(additional_headers={}, subprotocols=offered[::-1] if turned else offered)
    assert chat.socket.subprotocol == "jwt-auth"


async def test_token_is_never_echoed(ada: Person) -> None:
    chat = await ada.chat(additional_headers={}, subprotocols=[as_subprotocol(ada.token)])
    assert chat.socket.subprotocol is None
    assert chat.socket.response is not None
    assert ada.token not in str(chat.socket.response.headers)


async def test_v1_path(ada: Person) -> None:
    chat = await ada.chat(url=ada.platform.ws_urls[0].replace("/ws", "/v1/ws"))
    assert chat.frames[0]["type"] == "connection_established"


@pytest.mark.parametrize(
    "carried",
    [
        {"additional_headers": {}},
        {"additional_headers": {"Authorization": "Bearer nonsense"}},
        {"additional_headers": {"Cookie": "access_token=TOKEN"}},
        {"additional_headers": {}, "url": "WS?token=TOKEN"},
        {"additional_headers": {}, "subprotocols": [Subprotocol("jwt-auth"), Subprotocol("jwt.a")]},
        {"additional_headers": {}, "subprotocols": [Subprotocol("jwt-auth"), Subprotocol("jwt.bm9uc2Vuc2U")]},
    ],
)
async def test_refused_before_the_upgrade(ada: Person, carried: dict[str, object]) -> None:
    options = dict(carried)
    if "url" in options:
        options["url"] = str(options["url"]).replace("WS", ada.platform.ws_urls[0]).replace("TOKEN", ada.token)
    if options["additional_headers"]:
        options["additional_headers"] = json.loads(
            json.dumps(options["additional_headers"]).replace("TOKEN", ada.token)
        )
    with pytest.raises(InvalidStatus) as refused:
        await ada.chat(**options)
    answer = refused.value.response
    assert answer.status_code == 401
    error = json.loads(answer.body or b"{}")["error"]
    assert error["code"] == "UNAUTHENTICATED"
    assert error["trace_id"] == answer.headers["X-Trace-Id"]


async def test_journey_shows_five_events_in_order_without_gap(ada: Person) -> None:
    chat = await ada.chat()
    end = await chat.answered(await chat.ask(traceparent=f"00-{TRACE}-b7ad6b7169203331-01"))
    assert end["type"] == "agent_completed"
    frames = chat.of_run(end["run_id"])
    kinds = [frame["type"] for frame in frames]
    assert kinds[:2] == ["message_ack", "agent_started"]
    assert kinds[-1] == "agent_completed"
    assert {"agent_thinking", "tool_executing", "tool_completed"} <= set(kinds)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    for name in ("thread_id", "run_id", "request_id", "user_id"):
        assert len({frame[name] for frame in frames}) == 1
    assert {frame["trace_id"] for frame in frames} == {TRACE}
    assert end["data"]["status"] == "completed"
    assert end["data"]["result"]["answer_to"] == frames[0]["data"]["message_id"]


async def test_frames_sent_right_after_the_handshake_are_answered_after_the_greeting(ada: Person) -> None:
    async with connect(ada.platform.ws_urls[0], additional_headers=ada.headers, proxy=None) as socket:
        chat = Chat(socket)
        client_id = await chat.ask()
        await chat.send("ping", ref="early")
        end = await chat.answered(client_id)
        await chat.pong("late")
    assert chat.frames[0]["type"] == "connection_established"
    assert "early" in [frame["data"].get("ref") for frame in chat.frames]
    assert end["type"] == "agent_completed"


async def test_follow_up_goes_to_the_same_thread(ada: Person) -> None:
    chat = await ada.chat()
    first = await chat.answered(await chat.ask())
    second = await chat.answered(await chat.ask("And in June?"))
    assert second["thread_id"] == first["thread_id"]
    assert second["data"]["result"]["period"]["from"].startswith("2026-06")
    stored = [frame for frame in chat.frames if frame["type"].startswith(STORED)]
    assert [frame["seq"] for frame in stored] == list(range(1, len(stored) + 1))


async def test_new_socket_without_thread_opens_a_new_one(ada: Person) -> None:
    first, second = await ada.chat(), await ada.chat()
    one = await first.answered(await first.ask())
    two = await second.answered(await second.ask())
    assert one["thread_id"] != two["thread_id"]


async def test_deleted_thread_is_not_gone_on_with(ada: Person) -> None:
    chat = await ada.chat()
    first = await chat.answered(await chat.ask())
    assert (await ada.call("DELETE", f"/api/threads/{first['thread_id']}")).status_code == 204
    second = await chat.answered(await chat.ask())
    assert second["thread_id"] != first["thread_id"]


async def test_all_sockets_of_a_user_get_the_events(ada: Person) -> None:
    asking, watching = await ada.chat(), await ada.chat()
    await asking.send("user_message", {"content": QUESTION, "client_message_id": "m1"}, ref="mine")
    end = await asking.answered("m1")
    await watching.until(lambda frame: frame["type"] == "agent_completed")
    assert asking.of_run(end["run_id"])[0]["data"].pop("ref") == "mine"
    assert watching.of_run(end["run_id"]) == asking.of_run(end["run_id"])


async def test_two_users_see_nothing_of_each_other(ada: Person, bob: Person) -> None:
    hers, his = await ada.chat(), await bob.chat()
    asked = await asyncio.gather(hers.ask(), his.ask())
    await asyncio.gather(hers.answered(asked[0]), his.answered(asked[1]))
    for chat, person, other in ((hers, ada, bob), (his, bob, ada)):
        assert {frame["user_id"] for frame in chat.frames} == {person.user_id}
        assert other.user_id not in json.dumps(chat.frames)


async def test_same_question_again_is_replayed_to_the_asker_only(ada: Person) -> None:
    chat, watching = await ada.chat(), await ada.chat()
    end = await chat.answered(await chat.ask(client_message_id="once"))
    first = chat.of_run(end["run_id"])[0]
    await chat.send("user_message", {"content": QUESTION, "client_message_id": "once"}, ref="again")
    again = await chat.until(lambda frame: frame["data"].get("ref") == "again")
    assert again["data"].pop("replayed") is True
    assert again["data"].pop("ref") == "again"
    assert again == first
    await chat.pong("end")
    await watching.until(lambda frame: frame["type"] == "agent_completed")
    await watching.pong("end")
    assert [frame["type"] for frame in watching.frames].count("message_ack") == 1
    assert len((await ada.get("/api/runs"))["items"]) == 1
    await chat.send("user_message", {"content": "Something else?", "client_message_id": "once"})
    assert (await chat.until_type("error"))["data"]["error"]["code"] == "ID_CONFLICT"


async def test_same_question_twice_at_once_is_one_run(ada: Person) -> None:
    chats = [await ada.chat() for _ in range(4)]
    await asyncio.gather(*(chat.ask(client_message_id="race") for chat in chats))
    acks = [await chat.acknowledged("race") for chat in chats]
    assert len({ack["run_id"] for ack in acks}) == 1
    await chats[0].answered("race")
    assert len((await ada.get("/api/runs"))["items"]) == 1
    assert len((await ada.get("/api/threads"))["items"]) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "INVALID_JSON"),
        ('{"type": NaN}', "INVALID_JSON"),
        ("[" * 30000, "INVALID_JSON"),
        ("[1]", "INVALID_INPUT"),
        ("{}", "INVALID_INPUT"),
        ('{"type": 7}', "INVALID_INPUT"),
        ('{"type": "dance"}', "UNKNOWN_TYPE"),
        ('{"type": "ping", "payload": []}', "INVALID_INPUT"),
        ('{"type": "ping", "ref": 5}', "INVALID_INPUT"),
        ('{"type": "user_message"}', "INVALID_INPUT"),
        ('{"type": "user_message", "payload": {"content": "", "client_message_id": "x"}}', "INVALID_INPUT"),
        ('{"type": "user_message", "payload": {"content": "Hi"}}', "INVALID_INPUT"),
        ('{"type": "user_message", "payload": {"content": "\\u0000", "client_message_id": "x"}}', "INVALID_INPUT"),
        ('{"type": "user_message", "payload": {"content": "\\ud800", "client_message_id": "x"}}', "INVALID_INPUT"),
        ('{"type": "ping", "user_id": "x"}', "INVALID_INPUT"),
        (
            '{"type": "user_message", "payload": {"content": "Hi", "client_message_id": "x", "roles": []}}',
            "INVALID_INPUT",
        ),
        (
            '{"type": "user_message", "payload": {"content": "Hi", "client_message_id": "x", "thread_id": "7"}}',
            "NOT_FOUND",
        ),
        ('{"type": "stop_agent", "payload": {"run_id": "7"}}', "NOT_FOUND"),
        ('{"type": "resume", "payload": {"thread_id": "7", "after_seq": 0}}', "NOT_FOUND"),
        ('{"type": "resume", "payload": {"thread_id": "7", "after_seq": true}}', "INVALID_INPUT"),
    ],
)
async def test_bad_frame_is_told_and_the_socket_stays(ada: Person, text: str, code: str) -> None:
    chat = await ada.chat()
    await chat.socket.send(text)
    error = await chat.until_type("error")
    assert error["data"]["error"]["code"] == code
    assert error["data"]["error"]["trace_id"] == error["trace_id"]
    await chat.pong("still here")
    assert (await ada.get("/api/runs"))["items"] == []


async def test_error_echoes_ref(ada: Person) -> None:
    chat = await ada.chat()
    await chat.send("dance", ref="waltz")
    assert (await chat.until_type("error"))["data"]["ref"] == "waltz"


async def test_alias_asks_too(ada: Person) -> None:
    chat = await ada.chat()
    await chat.socket.send(json.dumps({"type": "chat_message", "data": {"content": QUESTION}}))
    ack = await chat.until_type("message_ack")
    assert ack["data"]["client_message_id"] is None
    assert (await chat.until_type(*ENDS))["run_id"] == ack["run_id"]


async def test_binary_frame_closes_1003(ada: Person) -> None:
    chat = await ada.chat()
    await chat.socket.send(b"\x01\x02")
    assert await chat.closed() == 1003


async def test_bad_utf8_closes_1007(ada: Person) -> None:
    chat = await ada.chat()
    await chat.socket.send(b"\xff\xfe", text=True)
    assert await chat.closed() == 1007


async def test_too_big_a_frame_closes_1009(ada: Person) -> None:
    chat = await ada.chat()
    await chat.socket.send(json.dumps({"type": "ping", "payload": {"x": "y" * 70_000}}))
    assert await chat.closed() == 1009


async def test_biggest_frame_is_taken(ada: Person) -> None:
    chat = await ada.chat()
    content = QUESTION + " " + "ü" * 30_000
    ack = await chat.acknowledged(await chat.ask(content))
    messages = await ada.get(f"/api/threads/{ack['thread_id']}/messages")
    assert messages["items"][0]["content"] == content


async def test_foreign_thread_and_run_cannot_be_found(ada: Person, bob: Person) -> None:
    hers, his = await ada.chat(), await bob.chat()
    end = await hers.answered(await hers.ask())
    await his.ask(thread_id=end["thread_id"])
    await his.send("resume", {"thread_id": end["thread_id"], "after_seq": 0})
    await his.send("stop_agent", {"run_id": end["run_id"]})
    await his.pong("sent")
    await his.until(lambda _: [frame["type"] for frame in his.frames].count("error") == 3)
    assert {frame["data"]["error"]["code"] for frame in his.frames if frame["type"] == "error"} == {"NOT_FOUND"}
    assert len((await ada.get(f"/api/threads/{end['thread_id']}/messages"))["items"]) == 2


async def test_run_goes_on_when_its_socket_drops(ada: Person) -> None:
    watching = await ada.chat()
    dropped = await ada.chat()
    client_id = await dropped.ask()
    await dropped.acknowledged(client_id)
    dropped.socket.transport.abort()
    end = await watching.answered(client_id)
    assert end["type"] == "agent_completed"
    assert (await ada.get(f"/api/runs/{end['run_id']}"))["state"] == "completed"


async def test_question_sent_before_leaving_is_answered(ada: Person) -> None:
    watching, leaving = await ada.chat(), await ada.chat()
    client_id = await leaving.ask()
    await leaving.socket.close()
    assert (await watching.answered(client_id))["type"] == "agent_completed"


async def test_logout_closes_the_session_s_sockets(ada: Person) -> None:
    chats = [await ada.chat(), await ada.chat()]
    await ada.logout()
    assert [await chat.closed(within_s=1) for chat in chats] == [1008, 1008]
    with pytest.raises(InvalidStatus) as refused:
        await ada.chat()
    assert refused.value.response.status_code == 401

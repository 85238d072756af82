"""The socket's rows of the dialect's table, with the whole platform behind."""

import asyncio
import json

import pytest
from edge_user import ENDS, QUESTION, Person, open_chat, run_of

FORMS = {
    "user_message": lambda text: {"payload": {"content": text}},
    "start_agent": lambda text: {"payload": {"user_request": text}},
    "chat_message": lambda text: {"data": {"content": text}},
    "agent_request": lambda text: {"agent": "triage", "message": text, "thread_id": None},
}
EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")


async def test_the_greeting_comes_first_however_early_the_client_speaks(ada):
    chat = await ada.chat()
    greeting, ping = chat.frames
    assert greeting["data"]["event"] == "connection_established"
    assert (greeting["data"]["user_id"], greeting["data"]["connection_ready"]) == (ada.user_id, True)
    assert greeting["data"]["config"] == {"heartbeat_interval": 15.0, "max_message_size": 65536}
    assert (type(greeting["timestamp"]), type(ping["data"]["timestamp"])) == (float, float)


async def test_what_is_answered_at_once_waits_for_the_greeting(ada, platform):
    chat = await open_chat(platform, additional_headers=ada.headers)
    ada.sockets.append(chat.socket)
    await chat.say(type="hello")
    assert [(await chat.next())["type"] for _ in range(3)] == ["system_message", "ping", "ack"]


@pytest.mark.parametrize("form", FORMS)
async def test_each_form_of_the_question_gets_the_five_events(ada, form):
    chat = await ada.chat()
    await chat.say(type=form, **FORMS[form](QUESTION))
    end = await chat.until_type(*ENDS)
    told = chat.frames[2:]
    assert told[0]["type"] == "thread_created"
    assert told[1]["type"] == "agent_started"
    assert {frame["type"] for frame in told[1:]} == set(EVENTS)
    assert {run_of(frame) for frame in told[1:]} == {end["payload"]["run_id"]}
    assert {frame["payload"]["thread_id"] for frame in (told[0], told[1], end)} == {told[0]["payload"]["thread_id"]}
    tools = [frame for frame in told if frame["type"].startswith("tool_")]
    assert {"data" in frame for frame in tools} == {True, False}
    assert end["payload"]["status"] == "completed"
    assert end["payload"]["final_response"] == end["payload"]["result"]["summary"] != ""
    assert end["payload"]["result"]["findings"]


async def test_a_second_question_in_a_thread_opens_no_other(ada):
    chat = await ada.chat()
    await chat.say(type="user_message", payload={"content": QUESTION})
    first = await chat.until_type(*ENDS)
    await chat.say(type="start_agent", payload={"user_request": QUESTION, "thread_id": first["payload"]["thread_id"]})
    second = await chat.until_type(*ENDS)
    assert second["payload"]["thread_id"] == first["payload"]["thread_id"]
    assert [frame["type"] for frame in chat.frames].count("thread_created") == 1


async def test_the_first_question_in_a_thread_made_over_http_creates_none(ada):
    thread = await ada.got("POST", "/api/threads", {"title": "mine"})
    chat = await ada.chat()
    await chat.say(type="user_message", payload={"content": QUESTION, "thread_id": thread["id"]})
    assert (await chat.until_type(*ENDS))["payload"]["thread_id"] == thread["id"]
    assert "thread_created" not in [frame["type"] for frame in chat.frames]


async def test_ping_bad_frames_and_unknown_types_leave_the_socket_open(ada):
    chat = await ada.chat()
    await chat.socket.send("{")
    await chat.say(type="resume", payload={"after_seq": 0})
    await chat.say(type="pong")
    await chat.say(type="ping")
    told = [await chat.next() for _ in range(3)]
    assert sorted(frame["type"] for frame in told) == ["ack", "error_message", "pong"]
    codes = [frame["error_code"] for frame in told if frame["type"] == "error_message"]
    assert codes == ["JSON_PARSE_ERROR"]
    pong = next(frame for frame in told if frame["type"] == "pong")
    assert (pong["data"]["user_id"], type(pong["data"]["timestamp"])) == (ada.user_id, float)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "user_message", "payload": {}}, "INVALID_INPUT"),
        ({"type": "user_message", "payload": {"content": QUESTION, "thread_id": "thread_x"}}, "NOT_FOUND"),
        ({"type": "user_message", "payload": {"content": QUESTION, "user_id": "x"}}, "INVALID_INPUT"),
    ],
)
async def test_what_the_backend_refuses_is_an_error_message(ada, frame, code):
    chat = await ada.chat()
    await chat.say(**frame)
    told = await chat.next()
    assert (told["type"], told["error_code"]) == ("error_message", code)


async def test_a_foreign_thread_is_not_found_and_tells_its_owner_nothing(ada, bob):
    mine = await ada.chat()
    await mine.say(type="user_message", payload={"content": QUESTION})
    thread = (await mine.until_type(*ENDS))["payload"]["thread_id"]
    seen = len(mine.frames)
    chat = await bob.chat()
    await chat.say(type="user_message", payload={"content": QUESTION, "thread_id": thread})
    assert (await chat.next())["error_code"] == "NOT_FOUND"
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/messages"), ("POST", "/messages")):
        refused = await bob.call(method, f"/api/threads/{thread}{path}", {"title": "x", "message": "x"})
        assert (refused.status_code, refused.json()["error_code"]) == (404, "NOT_FOUND"), (method, path)
    assert (await bob.call("GET", "/api/history", thread_id=thread, content_search="gpt")).status_code == 404
    await mine.say(type="ping")
    assert (await mine.next())["type"] == "pong"
    assert len(mine.frames) == seen + 1


async def test_two_users_at_once_see_only_their_own(ada, bob):
    async def ask(person: Person) -> list[dict]:
        chat = await person.chat()
        for _ in range(2):
            await chat.say(type="user_message", payload={"content": f"{QUESTION} {person.user_id}"})
        await chat.until_type(*ENDS)
        await chat.until_type(*ENDS)
        return chat.frames

    for own, other, frames in zip((ada, bob), (bob, ada), await asyncio.gather(ask(ada), ask(bob)), strict=True):
        text = json.dumps(frames)
        assert own.user_id in text
        assert other.user_id not in text
        runs = [frame["payload"]["run_id"] for frame in frames if frame["type"] == "agent_started"]
        assert {run_of(frame) for frame in frames} - {None} == set(runs)


async def test_both_sockets_of_a_user_see_the_same_in_the_same_order(ada):
    asking, watching = await ada.chat(), await ada.chat()
    await asking.say(type="user_message", payload={"content": QUESTION})
    await asking.until_type(*ENDS)
    await watching.until_type(*ENDS)
    assert asking.frames[2:] == watching.frames[2:]


async def test_a_long_question_in_many_letters_arrives_unchanged(ada):
    chat = await ada.chat()
    text = f"{QUESTION} " + "ä\u2028😀" * 4000
    await chat.say(type="user_message", payload={"content": text})
    thread = (await chat.until_type(*ENDS))["payload"]["thread_id"]
    messages = await ada.got("GET", f"/api/threads/{thread}/messages")
    assert messages["messages"][0]["content"] == text

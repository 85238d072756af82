"""Threads, messages and the search in the dialect."""

import pytest
from edge_user import ENDS, QUESTION, Person


async def asked(person: Person, text: str = QUESTION) -> str:
    chat = await person.chat()
    await chat.say(type="user_message", payload={"content": text})
    return str((await chat.until_type(*ENDS))["payload"]["thread_id"])


async def test_the_life_of_a_thread(ada):
    made = await ada.got("POST", "/api/threads", {"title": "first"})
    assert made["id"].startswith("thread_")
    assert (made["object"], made["title"], made["message_count"]) == ("thread", "first", 0)
    assert (type(made["created_at"]), type(made["updated_at"])) == (int, int)
    assert made["metadata"] == {"user_id": ada.user_id, "title": "first", "status": "active"}
    path = f"/api/threads/{made['id']}"
    assert await ada.got("GET", path) == made
    changed = await ada.got("PUT", path, {"title": "second"})
    assert (changed["id"], changed["title"]) == (made["id"], "second")
    assert (await ada.call("DELETE", path)).status_code == 204
    assert (await ada.call("GET", path)).status_code == 404


async def test_threads_are_listed_by_limit_and_offset(ada):
    made = [(await ada.got("POST", "/api/threads", {"title": str(n)}))["id"] for n in range(5)]
    listed = await ada.got("GET", "/api/threads", limit="2", offset="1")
    assert [thread["id"] for thread in listed] == made[::-1][1:3]
    assert await ada.got("GET", "/api/threads", offset="5") == []
    assert (await ada.call("GET", "/api/threads", limit="0")).status_code == 422


async def test_messages_have_their_figures_and_their_total(ada):
    thread = await asked(ada)
    page = await ada.got("GET", f"/api/threads/{thread}/messages")
    assert (page["thread_id"], page["total"], page["limit"], page["offset"]) == (thread, 2, 50, 0)
    question, answer = page["messages"]
    assert (question["role"], question["content"]) == ("user", QUESTION)
    assert (answer["role"], answer["content"]) == ("assistant", answer["metadata"]["result"]["summary"])
    assert type(answer["created_at"]) is int
    part = await ada.got("GET", f"/api/threads/{thread}/messages", limit="1", offset="1")
    assert (part["messages"], part["total"]) == ([answer], 2)
    assert (await ada.got("GET", f"/api/threads/{thread}"))["message_count"] == 2


async def test_a_message_over_http_is_stored_and_starts_no_run(ada):
    chat = await ada.chat()
    thread = await ada.got("POST", "/api/threads", {})
    path = f"/api/threads/{thread['id']}/messages"
    told = await ada.got("POST", path, {"message": "keep this"})
    assert (told["role"], told["content"]) == ("user", "keep this")
    assert (await ada.got("GET", path))["messages"] == [told]
    await chat.say(type="ping")
    assert [frame["type"] for frame in [await chat.next()]] == ["pong"]
    for body in ({}, {"message": ""}, {"message": "x", "user_id": "y"}):
        assert (await ada.call("POST", path, body)).status_code == 422


async def test_history_is_searched_and_read(ada, bob):
    thread = await asked(ada, f"{QUESTION} quokka")
    await asked(bob, f"{QUESTION} quokka")
    found = await ada.got("GET", "/api/history", content_search="quokka")
    assert [(one["thread_id"], one["role"]) for one in found["history"]] == [(thread, "user")]
    assert found["pagination"] == {"limit": 50, "offset": 0, "total": 1, "has_more": False}
    within = await ada.got("GET", "/api/history", content_search="quokka", thread_id=thread)
    assert within == found
    whole = await ada.got("GET", "/api/history", thread_id=thread, limit="1")
    assert [one["role"] for one in whole["history"]] == ["user"]
    assert whole["pagination"] == {"limit": 1, "offset": 0, "total": 2, "has_more": True}
    assert (await ada.call("GET", "/api/history")).status_code == 404


@pytest.mark.parametrize("path", ["/api/runs", "/api/agents", "/api/messages/search", "/metrics", "/v1/ws", "/nowhere"])
async def test_what_is_not_offered_is_not_there(ada, path):
    answer = await ada.call("GET", path)
    body = answer.json()
    assert answer.status_code == 404
    assert body.keys() == {
        *("error", "error_code", "message", "user_message"),
        *("details", "trace_id", "timestamp"),
    }
    assert (body["error"], body["error_code"], body["details"]) == (True, "NOT_FOUND", {"status_code": 404})
    assert body["trace_id"] == answer.headers["x-trace-id"]


async def test_who_shows_no_token_is_told_nothing(ada, platform):
    ours = await ada.got("POST", "/api/threads", {})
    for path in ("/api/threads", f"/api/threads/{ours['id']}", "/api/history?content_search=x"):
        answer = await ada.http.get(platform.backend_urls[0] + path)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")


async def test_a_path_inside_an_id_leads_nowhere(ada):
    for name in ("thread_..", "thread_..%2f..%2fapi%2fagents", "thread_%2e%2e"):
        answer = await ada.call("GET", f"/api/threads/{name}")
        assert answer.status_code == 404

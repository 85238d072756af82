"""Everything that the real platform says in a real journey is as described, each type of frame at least once."""

import json
import secrets
from uuid import UUID

import httpx
import pytest
from checked import PASSWORD, QUESTION, Visitor, ask, end_of, seen

from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.schemas import body_errors, frame_types


async def test_every_type_of_frame_is_seen_and_as_described(ada: Visitor) -> None:
    chat = await ada.chat()
    await seen(chat, "connection_established")
    first = await ask(chat)
    assert (await end_of(chat, first)).type == "agent_completed"

    await chat.send({"type": "ping", "ref": "p1"})
    await seen(chat, "pong", ref="p1")
    await chat.send({"type": "stop_agent", "payload": {"run_id": first.thread_id}, "ref": "e1"})
    await seen(chat, "error", ref="e1")

    other = await ada.chat()
    await other.send({"type": "resume", "payload": {"thread_id": first.thread_id, "after_seq": 0}, "ref": "r1"})
    await seen(other, "replay_complete", ref="r1")
    assert any(frame.data.get("replayed") for frame in other.channel.frames)

    await _run_badly(ada)
    await seen(chat, "heartbeat")
    await chat.send(
        {"type": "user_message", "payload": {"content": QUESTION, "client_message_id": first.data["client_message_id"]}}
    )
    await seen(chat, "message_ack", replayed=True)
    got = {frame.type for frame in ada.frames() if frame.direction == "in"}
    assert got == frame_types("tell").keys()


FRAME_BYTES = 1024 * 1024
_MANY_MODELS = """
    INSERT INTO usage_records
        (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens, cost_usd, latency_ms)
    SELECT gen_random_uuid(), $1, date '2026-05-07', 'openai', repeat('m', 400) || n, 1, 1, 1, 0.5, 10
      FROM generate_series(1, 2500) n
"""


async def test_a_frame_that_would_be_too_big_says_what_it_lacks_and_rest_has_it(ada: Visitor) -> None:
    await ada.postgres.execute(_MANY_MODELS, UUID(ada.user["tenant_id"]))
    chat, beside = await ada.chat(), await ada.chat()
    ack = await ask(chat, "What did we spend in May 2026?")
    assert (await end_of(chat, ack)).type == "agent_completed"
    await end_of(beside, ack)
    lacking = {frame.seq: frame for frame in chat.channel.frames if "left_out" in frame.data}
    assert {"tool_completed", "agent_completed"} <= {frame.type for frame in lacking.values()}
    assert all(len(str(frame.raw).encode()) <= FRAME_BYTES for frame in lacking.values())
    for frame in lacking.values():
        (field,) = frame.data["left_out"]
        assert field == ("parameters" if frame.type == "tool_executing" else "result")
        page = (await ada.api("GET", f"/api/runs/{ack.run_id}/events", after_seq=frame.seq - 1, limit=1)).expect(200)
        whole = page.body["items"][0]
        assert len(json.dumps(whole)) > FRAME_BYTES
        assert {**whole["data"], "left_out": [field]} == {**frame.data, field: whole["data"][field]}
    run = (await ada.api("GET", f"/api/runs/{ack.run_id}")).expect(200).body
    assert len(run["result"]["findings"]) > 2500
    # the other socket was told the same, and so is who comes later; both sockets are as good as before
    assert [frame.body for frame in beside.channel.frames if frame.seq in lacking] == [
        frame.body for frame in lacking.values()
    ]
    await beside.send({"type": "resume", "payload": {"thread_id": ack.thread_id, "after_seq": 0}, "ref": "r"})
    await seen(beside, "replay_complete", ref="r")
    assert {
        frame.seq for frame in beside.channel.frames if "left_out" in frame.data and frame.data.get("replayed")
    } == (lacking.keys())
    await chat.send({"type": "ping", "ref": "still here"})
    await seen(chat, "pong", ref="still here")


async def _run_badly(ada: Visitor) -> None:
    """An error, a stop, a retry, a degraded answer."""
    chat = ada.sockets[0]
    marker = f"bad-{secrets.token_hex(4)}"
    question = f"{QUESTION} {LlmControl.marker_text(marker)}"
    async with LlmControl(ada.platform.llm_url, ada.platform.llm_token) as llm:
        await llm.script(marker, [{"json": {"plan": ["triage", "astrologer", "report"]}}], "triage")
        assert (await end_of(chat, await ask(chat, question))).type == "agent_error"
        await llm.script(marker, [{"status": 500}], "triage")
        await llm.script(marker, [{"status": 404}], "report")
        degraded = await end_of(chat, await ask(chat, question))
        assert degraded.data["status"] == "degraded"
        assert any("retry" in frame.data for frame in chat.channel.frames)
        await llm.script(marker, [{"delay_s": 8}])
        slow = await ask(chat, question)
        await seen(chat, "agent_thinking", since=chat.channel.frames.index(slow))
        await chat.send({"type": "stop_agent", "payload": {"run_id": slow.run_id}})
        assert (await end_of(chat, slow)).type == "agent_stopped"
        await llm.clear(marker)
    for run_id in (slow.run_id, degraded.run_id):
        (await ada.api("GET", f"/api/runs/{run_id}")).expect(200)
        (await ada.api("GET", f"/api/runs/{run_id}/events")).expect(200)
    (await ada.api("POST", f"/api/runs/{slow.run_id}/stop")).expect(409)


async def test_every_answer_of_the_backend_is_as_described(ada: Visitor) -> None:
    thread = (await ada.api("POST", "/api/threads", {"title": "Grüße 🌍"})).expect(201).body
    place = f"/api/threads/{thread['id']}"
    chat = await ada.chat()
    question = {"content": QUESTION, "client_message_id": secrets.token_hex(8)}
    taken = (await ada.api("POST", f"{place}/messages", question)).expect(202).body
    ack = await seen(chat, "message_ack", run_id=taken["run_id"])
    await end_of(chat, ack)
    (await ada.api("POST", f"{place}/messages", question)).expect(202)
    (await ada.api("POST", f"{place}/messages", {**question, "content": "Another?"})).expect(409)
    messages = (await ada.api("GET", f"{place}/messages")).expect(200).body["items"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    (await ada.api("GET", f"{place}/messages", limit=1)).expect(200)
    for path in ("/api/threads", place, "/api/runs", "/api/agents", "/api/tools", "/api/messages/search?q=gpt"):
        assert (await ada.api("GET", path)).expect(200).body
    assert (await ada.api("GET", "/api/runs", state="completed", thread_id=thread["id"])).expect(200).body["items"]
    run = (await ada.api("GET", f"/api/runs/{taken['run_id']}")).expect(200).body
    assert [step["state"] for step in run["steps"]] == ["done"] * 4
    events = (await ada.api("GET", f"/api/runs/{taken['run_id']}/events")).expect(200).body["items"]
    assert events[0]["type"] == "message_ack"
    (await ada.api("PATCH", place, {"title": "", "archived": True})).expect(200)
    assert (await ada.api("GET", "/api/threads", archived="true")).expect(200).body["items"]
    (await ada.api("DELETE", place)).expect(204)
    (await ada.api("GET", place)).expect(404)
    (await ada.api("PUT", place, {})).expect(405)
    (await ada.api("GET", "/api/nothing")).expect(404)
    (await ada.backend.get("/api/threads", None)).expect(401)
    (await ada.api("GET", "/api/admin/users")).expect(403)
    await ada.postgres.execute(
        "UPDATE users SET permissions = '{chat,history,admin}' WHERE id = $1", UUID(ada.user["id"])
    )
    ada.token = (await ada.auth.login(ada.email, PASSWORD)).expect(200).body["access_token"]
    assert (await ada.api("GET", "/api/admin/users")).expect(200).body["items"]
    for probe in ("live", "ready", "startup"):
        (await ada.backend.health(probe)).expect(200)
    (await ada.backend.get("/metrics", None)).expect(200)


async def test_every_answer_of_the_auth_service_is_as_described(ada: Visitor) -> None:
    (await ada.auth.register(ada.email, PASSWORD)).expect(409)
    (await ada.auth.register("nobody", PASSWORD)).expect(422)
    (await ada.auth.login(ada.email, "wrong")).expect(401)
    pair = (await ada.auth.login(ada.email, PASSWORD)).expect(200).body
    (await ada.auth.me(pair["access_token"])).expect(200)
    change = {"preferences": {"theme": "dark", "deep": {"list": [1, None]}}}
    (await ada.auth.call("PATCH", "/auth/me", token=pair["access_token"], body=change)).expect(200)
    sessions = (await ada.auth.call("GET", "/auth/sessions", token=pair["access_token"])).expect(200).body["items"]
    assert len(sessions) == 2
    other = next(session["id"] for session in sessions if not session["current"])
    (await ada.auth.call("DELETE", f"/auth/sessions/{other}", token=pair["access_token"])).expect(204)
    (await ada.auth.call("DELETE", f"/auth/sessions/{secrets.token_hex(8)}", token=pair["access_token"])).expect(404)
    renewed = (await ada.auth.refresh(pair["refresh_token"])).expect(200).body
    (await ada.auth.refresh(pair["refresh_token"])).expect(401)
    (await ada.auth.me(renewed["access_token"])).expect(401)
    again = (await ada.auth.login(ada.email, PASSWORD)).expect(200).body
    (await ada.auth.logout(again["access_token"])).expect(204)
    (await ada.auth.logout(again["access_token"])).expect(401)
    (await ada.auth.service_token("backend", "a guess")).expect(401)
    (await ada.auth.validate(ada.token, ada.token)).expect(401)
    (await ada.auth.call("GET", "/auth/.well-known/jwks.json")).expect(200)
    for probe in ("live", "ready", "startup"):
        (await ada.auth.health(probe)).expect(200)
    (await ada.auth.call("GET", "/metrics")).expect(200)
    (await ada.auth.call("GET", "/auth/nothing")).expect(404)
    (await ada.auth.call("GET", "/auth/login")).expect(405)


async def test_a_login_through_a_provider_is_as_described(ada: Visitor) -> None:
    (await ada.auth.call("GET", "/auth/oauth/login", query={"provider": "nobody"})).expect(400)
    (await ada.auth.call("GET", "/auth/oauth/callback", query={"code": "c", "state": "s"})).expect(400)
    away = (await ada.auth.call("GET", "/auth/oauth/login", query={"provider": "mock"})).expect(302)
    person = {"email": f"bo-{secrets.token_hex(6)}@example.com", "email_verified": True, "name": "Bo"}
    async with httpx.AsyncClient(base_url=ada.platform.openid_url or "", trust_env=False) as provider:
        assert (await provider.put("/users/bo", json=person)).status_code == 204
        back = (await provider.post(away.headers["location"], data={"sub": "bo"})).headers["location"]
    query = dict(httpx.URL(back).params)
    signed_in = (await ada.auth.call("GET", "/auth/oauth/callback", query=query)).expect(200).body
    assert signed_in["user"]["email"] == person["email"]
    (await ada.auth.call("GET", "/auth/oauth/callback", query=query)).expect(400)


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("no token", 401)])
async def test_a_refused_upgrade_is_as_described(ada: Visitor, token: str | None, status: int) -> None:
    with pytest.raises(HandshakeRefused) as refused:
        await ChatSocket.open(ada.platform.ws_urls[0], token, channel=ada.recorder.channel("ada", "refused"))
    assert refused.value.status == status
    assert body_errors("backend", "GET", "/ws", status, refused.value.body, refused.value.headers) == []

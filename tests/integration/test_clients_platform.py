"""The clients against the running reference platform: each call reaches what it is meant to reach."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.chat import Carrier, ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel, Recorder
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions, embedded_platform

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def running() -> EmbeddedPlatform:
    """The platform of this process; it ends with it."""
    return embedded_platform(PlatformOptions())


@pytest.fixture
async def auth(running: EmbeddedPlatform) -> AsyncIterator[AuthClient]:
    client = AuthClient(running.auth_url)
    yield client
    await client.close()


@pytest.fixture
async def backend(running: EmbeddedPlatform) -> AsyncIterator[BackendClient]:
    client = BackendClient(running.backend_urls[0])
    yield client
    await client.close()


@pytest.fixture
async def ada(auth: AuthClient) -> dict[str, Any]:
    """A new user: e-mail and what registration answered."""
    email = f"ada-{uuid4().hex}@golden-path.test"
    reply = (await auth.register(email, PASSWORD, "Ada")).expect(201)
    return {"email": email, **reply.body}


@pytest.fixture
def channel() -> Channel:
    return Recorder().channel("ada", "socket")


async def test_accounts_and_tokens(auth: AuthClient, ada: dict[str, Any]) -> None:
    logged_in = (await auth.login(ada["email"], PASSWORD)).expect(200)
    assert logged_in.body["user"]["id"] == ada["user"]["id"]
    me = (await auth.me(logged_in.body["access_token"])).expect(200)
    assert me.body["email"] == ada["email"]
    renewed = (await auth.refresh(logged_in.body["refresh_token"])).expect(200)
    (await auth.logout(renewed.body["access_token"])).expect(204)
    (await auth.me(renewed.body["access_token"])).expect(401)
    (await auth.me(ada["access_token"])).expect(200)
    (await auth.logout(ada["access_token"], all_devices=True)).expect(204)


async def test_a_refused_login_is_told_in_the_platforms_words(auth: AuthClient, ada: dict[str, Any]) -> None:
    reply = await auth.login(ada["email"], "wrong password")
    with pytest.raises(PromiseBroken, match=r"^POST /auth/login answered 401 INVALID_CREDENTIALS: .+; expected 200$"):
        reply.expect(200)


async def test_calls_of_services_are_refused_to_strangers(auth: AuthClient, ada: dict[str, Any]) -> None:
    (await auth.service_token("backend", "not the secret of this platform")).expect(401)
    (await auth.validate(ada["access_token"], ada["access_token"])).expect(401, 403)


async def test_health(auth: AuthClient, backend: BackendClient) -> None:
    for probe in ("live", "ready", "startup"):
        (await auth.health(probe)).expect(200)
        (await backend.health(probe)).expect(200)


async def test_threads_and_what_is_offered(backend: BackendClient, ada: dict[str, Any]) -> None:
    token = ada["access_token"]
    made = (await backend.create_thread(token, "Spending in May")).expect(201).body
    assert (await backend.thread(token, made["id"])).expect(200).body["title"] == "Spending in May"
    listed = (await backend.threads(token, limit=1)).expect(200).body
    assert [thread["id"] for thread in listed["items"]] == [made["id"]]
    assert (await backend.messages(token, made["id"])).expect(200).body["items"] == []
    assert await backend.all_messages(token, made["id"]) == []
    (await backend.run(token, str(uuid4()))).expect(404)
    (await backend.run_events(token, str(uuid4()))).expect(404)
    assert (await backend.agents(token)).expect(200).body["items"]
    assert (await backend.tools(token)).expect(200).body["items"]
    (await backend.get("/api/threads", None)).expect(401)


@pytest.mark.parametrize("carrier", ["header", "subprotocol"])
async def test_a_socket(running: EmbeddedPlatform, ada: dict[str, Any], channel: Channel, carrier: Carrier) -> None:
    def is_pong(frame: Frame) -> bool:
        return frame.type == "pong" and frame.data.get("ref") == "r1"

    socket = await ChatSocket.open(running.ws_urls[0], ada["access_token"], channel=channel, carrier=carrier)
    greeting = await channel.wait_for(lambda _: True, 5, "The greeting")
    assert (greeting.type, greeting.body["user_id"]) == ("connection_established", ada["user"]["id"])
    assert socket.subprotocol == ("jwt-auth" if carrier == "subprotocol" else None)
    await socket.send({"type": "ping", "ref": "r1"})
    await channel.wait_for(is_pong, 5, "The pong")
    await socket.close()
    assert channel.closed is not None
    assert (channel.closed.code, channel.closed.by) == (1000, "client")


async def test_a_refused_upgrade(running: EmbeddedPlatform, channel: Channel) -> None:
    with pytest.raises(HandshakeRefused, match="was refused: 401 UNAUTHENTICATED") as refused:
        await ChatSocket.open(running.ws_urls[0], None, channel=channel)
    assert refused.value.headers["x-trace-id"] == refused.value.body["error"]["trace_id"]


async def test_logging_out_closes_the_socket(
    running: EmbeddedPlatform, auth: AuthClient, ada: dict[str, Any], channel: Channel
) -> None:
    socket = await ChatSocket.open(running.ws_urls[0], ada["access_token"], channel=channel)
    (await auth.logout(ada["access_token"])).expect(204)
    end = await channel.wait_closed(2)
    await socket.close()
    assert (end.code, end.by) == (1008, "server")

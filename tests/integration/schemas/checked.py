"""A user of a running platform whose clients check every answer and frame against the descriptions."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.clients.http import HttpClient, Reply
from goldenpath.clients.postgres import PostgresClient
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Recorder
from goldenpath.oracle import add_usage
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.schemas import Service, body_errors, client_frame_errors, frame_errors
from goldenpath.usage_data import make_usage

PASSWORD = "correct horse battery"
QUESTION = "How much could we save on gpt-4o in May 2026?"
ENDS = ("agent_completed", "agent_error", "agent_stopped")


class _Checking(HttpClient):
    """Remembers what is wrong with the answers of a service."""

    service: Service
    faults: list[str]

    async def call(self, method: str, path: str, **request: Any) -> Reply:
        reply = await super().call(method, path, **request)
        wrongs = body_errors(self.service, method, path, reply.status, reply.body, reply.headers)
        self.faults += [f"{method} {path} {reply.status}: {wrong}" for wrong in wrongs]
        return reply


class CheckedAuth(_Checking, AuthClient):
    service: Service = "auth"


class CheckedBackend(_Checking, BackendClient):
    service: Service = "backend"


@dataclass
class Visitor:
    """A registered user, and all that they got.

    Attributes:
        polite: Whether they keep to the description themselves.
    """

    platform: EmbeddedPlatform
    auth: CheckedAuth
    backend: CheckedBackend
    postgres: PostgresClient
    email: str
    user: dict[str, Any]
    token: str
    refresh_token: str
    faults: list[str]
    polite: bool = True
    recorder: Recorder = field(default_factory=Recorder)
    sockets: list[ChatSocket] = field(default_factory=list)

    @classmethod
    async def arrive(cls, platform: EmbeddedPlatform) -> "Visitor":
        auth, backend = CheckedAuth(platform.auth_url), CheckedBackend(platform.backend_urls[0])
        auth.faults = backend.faults = []
        postgres = PostgresClient(platform.postgres_url)
        email = f"ada-{secrets.token_hex(6)}@example.com"
        pair = (await auth.register(email, PASSWORD, "Ada")).expect(201).body
        await add_usage(postgres, pair["user"]["tenant_id"], make_usage(7))
        return cls(
            platform,
            auth,
            backend,
            postgres,
            email,
            pair["user"],
            pair["access_token"],
            pair["refresh_token"],
            auth.faults,
        )

    async def chat(self) -> ChatSocket:
        channel = self.recorder.channel("ada", "socket")
        socket = await ChatSocket.open(self.platform.ws_urls[0], self.token, channel=channel)
        self.sockets.append(socket)
        return socket

    async def api(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        return await self.backend.call(method, path, token=self.token, body=body, query=query)

    async def leave(self) -> None:
        for socket in self.sockets:
            await socket.close()
        for frame in self.frames():
            if frame.direction == "out" and not self.polite:
                continue
            check = frame_errors if frame.direction == "in" else client_frame_errors
            self.faults += [f"{frame.direction} {frame.type}: {wrong}" for wrong in check(frame.body)]
        await self.auth.close()
        await self.backend.close()
        await self.postgres.close()

    def frames(self) -> list[Frame]:
        return [frame for channel in self.recorder.channels for frame in channel.frames]


async def ask(socket: ChatSocket, content: str = QUESTION, **more: Any) -> Frame:
    """Ask, and wait for the acknowledgement."""
    client_id = secrets.token_hex(8)
    payload = {"content": content, "client_message_id": client_id, **more}
    await socket.send({"type": "user_message", "payload": payload})
    return await seen(socket, "message_ack", client_message_id=client_id)


async def end_of(socket: ChatSocket, ack: Frame) -> Frame:
    return await socket.channel.wait_for(
        lambda frame: frame.type in ENDS and frame.run_id == ack.run_id, 15, f"the end of run {ack.run_id}"
    )


async def seen(socket: ChatSocket, kind: str, since: int = 0, **data: Any) -> Frame:
    return await socket.channel.wait_for(
        lambda frame: frame.type == kind and data.items() <= frame.data.items(), 8, f"{kind} with {data}", since
    )

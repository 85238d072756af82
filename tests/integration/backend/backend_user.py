"""Users of a running platform, for the tests of the backend: over HTTP and WebSocket, with nothing in between."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from goldenpath.platform.embedded import EmbeddedPlatform

QUESTION = "How much did we spend on gpt-4o in May 2026?"
ENDS = ("agent_completed", "agent_error", "agent_stopped")
STORED = ("message_ack", "agent_", "tool_")
Frame = dict[str, Any]


@dataclass
class Chat:
    """An open socket: what arrives is kept, whoever waits for it."""

    socket: ClientConnection
    frames: list[Frame] = field(default_factory=list)

    async def send(self, kind: str, payload: dict[str, Any] | None = None, **more: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "payload": payload or {}, **more}, ensure_ascii=False))

    async def ask(self, content: str = QUESTION, **more: Any) -> str:
        client_id = more.pop("client_message_id", None) or secrets.token_hex(8)
        await self.send("user_message", {"content": content, "client_message_id": client_id, **more})
        return str(client_id)

    async def until(self, wanted: Callable[[Frame], bool], within_s: float = 8) -> Frame:
        for frame in self.frames:
            if wanted(frame):
                return frame
        async with asyncio.timeout(within_s):
            while True:
                self.frames.append(json.loads(await self.socket.recv()))
                if wanted(self.frames[-1]):
                    return self.frames[-1]

    async def until_type(self, *kinds: str, within_s: float = 8) -> Frame:
        return await self.until(lambda frame: frame["type"] in kinds, within_s)

    async def answered(self, client_id: str) -> Frame:
        """Wait for the end of the run that answers a question."""
        ack = await self.acknowledged(client_id)
        return await self.until(lambda frame: frame["type"] in ENDS and frame["run_id"] == ack["run_id"])

    async def acknowledged(self, client_id: str) -> Frame:
        return await self.until(
            lambda frame: frame["type"] == "message_ack" and frame["data"]["client_message_id"] == client_id
        )

    async def pong(self, ref: str) -> list[Frame]:
        """Ask for a pong; what came before it is all that there is so far."""
        await self.send("ping", ref=ref)
        await self.until(lambda frame: frame["type"] == "pong" and frame["data"].get("ref") == ref)
        return self.frames

    async def closed(self, within_s: float = 5) -> int:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    self.frames.append(json.loads(await self.socket.recv()))
                except ConnectionClosed as end:
                    return end.rcvd.code if end.rcvd else 1006

    def of_run(self, run_id: str) -> list[Frame]:
        return [frame for frame in self.frames if frame.get("run_id") == run_id]


@dataclass
class Person:
    """A registered user."""

    platform: EmbeddedPlatform
    http: httpx.AsyncClient
    user_id: str
    tenant_id: str
    token: str
    refresh_token: str
    sockets: list[ClientConnection] = field(default_factory=list)

    async def chat(self, **options: Any) -> Chat:
        options = {"additional_headers": self.headers, **options}
        url = options.pop("url", self.platform.ws_urls[0])
        self.sockets.append(await connect(url, proxy=None, **options))
        chat = Chat(self.sockets[-1])
        await chat.until(lambda _: True)
        return chat

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(
            method, f"{self.platform.backend_urls[0]}{path}", json=body, headers=self.headers
        )

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def logout(self) -> None:
        answer = await self.http.post(f"{self.platform.auth_url}/auth/logout", headers=self.headers)
        assert answer.status_code == 204, answer.text

    async def leave(self) -> None:
        for socket in self.sockets:
            await socket.close()
        await self.http.aclose()


async def new_person(platform: EmbeddedPlatform) -> Person:
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    answer = await http.post(
        f"{platform.auth_url}/auth/register",
        json={"email": f"ada-{secrets.token_hex(6)}@example.com", "password": "correct horse battery"},
    )
    assert answer.status_code == 201, answer.text
    pair = answer.json()
    user = pair["user"]
    return Person(platform, http, user["id"], user["tenant_id"], pair["access_token"], pair["refresh_token"])


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]

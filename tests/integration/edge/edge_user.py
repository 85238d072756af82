"""Users who speak the dialect "netra-apex", over HTTP and WebSocket, with nothing in between."""

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
PASSWORD = "correct horse battery"
ENDS = ("agent_completed", "agent_error")
Frame = dict[str, Any]


def run_of(frame: Frame) -> str | None:
    part: Frame = frame.get("payload", frame)
    return part.get("run_id", frame.get("run_id"))


@dataclass
class Chat:
    """An open socket: what arrives is kept."""

    socket: ClientConnection
    frames: list[Frame] = field(default_factory=list)

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def next(self, within_s: float = 8) -> Frame:
        async with asyncio.timeout(within_s):
            self.frames.append(json.loads(await self.socket.recv()))
        return self.frames[-1]

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        while not wanted(frame := await self.next()):
            pass
        return frame

    async def until_type(self, *kinds: str) -> Frame:
        return await self.until(lambda frame: frame["type"] in kinds)

    async def closed(self, within_s: float = 8) -> tuple[int, str]:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    await self.next()
                except ConnectionClosed as end:
                    return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")


@dataclass
class Person:
    """A registered user."""

    platform: EmbeddedPlatform
    http: httpx.AsyncClient
    email: str
    user_id: str
    token: str
    refresh_token: str
    sockets: list[ClientConnection] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def chat(self, **options: Any) -> Chat:
        """Open a socket and take its greeting."""
        chat = await open_chat(self.platform, **{"additional_headers": self.headers, **options})
        self.sockets.append(chat.socket)
        assert [(await chat.next())["type"], (await chat.next())["type"]] == ["system_message", "ping"]
        return chat

    async def call(self, method: str, path: str, body: Any = None, **params: str) -> httpx.Response:
        base = self.platform.auth_url if path.startswith("/auth") else self.platform.backend_urls[0]
        return await self.http.request(method, base + path, json=body, params=params, headers=self.headers)

    async def got(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        answer = await self.call(method, path, body, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def leave(self) -> None:
        for socket in self.sockets:
            await socket.close()
        await self.http.aclose()


async def open_chat(platform: EmbeddedPlatform, **options: Any) -> Chat:
    url = options.pop("url", platform.ws_urls[0])
    return Chat(await connect(url, proxy=None, **options))


async def new_person(platform: EmbeddedPlatform) -> Person:
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    email = f"ada-{secrets.token_hex(6)}@example.com"
    answer = await http.post(f"{platform.auth_url}/auth/register", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    return Person(platform, http, email, pair["user"]["id"], pair["access_token"], pair["refresh_token"])

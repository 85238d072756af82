"""A user of the load benchmark: one socket, one thread, questions at times that were settled before."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

QUESTIONS = (
    "How much did we spend on gpt-4o in May 2026?",
    "Which models cost us most in April 2026?",
    "Where could we save money in June 2026?",
    "What is the mean latency of claude-sonnet-4 in March 2026?",
)
ENDS = {"agent_completed", "agent_error", "agent_stopped"}
PASSWORD = "correct horse battery"


@dataclass
class Ask:
    """One question: when it should have been sent, and what came of it; times are those of the loop, in seconds."""

    intended: float
    sent: float | None = None
    acknowledged: float | None = None
    first_event: float | None = None
    ended: float | None = None
    end: str = ""


@dataclass
class LoadUser:
    """One user.

    Args:
        token: Their access token.
        tenant_id: Whose usage they ask for.
        ws_url: The instance that they always use.
    """

    token: str = field(repr=False)
    tenant_id: str
    ws_url: str
    asks: dict[str, Ask] = field(default_factory=dict)
    _runs: dict[str, Ask] = field(default_factory=dict)
    _socket: ClientConnection | None = None
    _reader: "asyncio.Task[None] | None" = None

    @classmethod
    async def register(cls, http: httpx.AsyncClient, auth_url: str, ws_url: str) -> "LoadUser":
        """Make an account."""
        answer = await http.post(
            f"{auth_url}/auth/register",
            json={"email": f"load-{secrets.token_hex(8)}@example.com", "password": PASSWORD},
        )
        answer.raise_for_status()
        pair = answer.json()
        return cls(pair["access_token"], pair["user"]["tenant_id"], ws_url)

    async def enter(self) -> None:
        """Open the socket and wait for the greeting."""
        headers = {"Authorization": f"Bearer {self.token}"}
        self._socket = await connect(
            self.ws_url, proxy=None, compression=None, additional_headers=headers, ping_interval=None, max_queue=None
        )
        await self._socket.recv()
        self._reader = asyncio.create_task(self._read(self._socket))

    async def leave(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def ask(self, intended: float, number: int) -> None:
        """Send a question; its answer is noted when it comes."""
        assert self._socket is not None
        client_id = secrets.token_hex(8)
        ask = self.asks[client_id] = Ask(intended)
        payload = {"content": QUESTIONS[number % len(QUESTIONS)], "client_message_id": client_id}
        await self._socket.send(json.dumps({"type": "user_message", "payload": payload}))
        ask.sent = asyncio.get_running_loop().time()

    def forget(self) -> None:
        """Forget what was asked."""
        self.asks.clear()
        self._runs.clear()

    async def _read(self, socket: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        try:
            async for text in socket:
                self._take(json.loads(text), loop.time())
        except ConnectionClosed:
            pass

    def _take(self, frame: dict[str, Any], now: float) -> None:
        kind = frame["type"]
        if kind == "message_ack":
            ask = self.asks.get(frame["data"]["client_message_id"])
            if ask is not None:
                ask.acknowledged = now
                self._runs[frame["run_id"]] = ask
            return
        run = self._runs.get(frame.get("run_id", ""))
        if run is None:
            return
        if run.first_event is None:
            run.first_event = now
        if kind in ENDS:
            run.ended, run.end = now, f"{kind} {frame['data'].get('status', '')}".strip()

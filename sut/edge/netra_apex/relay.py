"""An open socket: frames go through one by one in each direction, and the end of one side ends the other."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from sut.backend.tasks import end
from sut.edge.netra_apex.events import Events
from sut.edge.netra_apex.questions import Reply, read_client

# a client that takes nothing for so long reads too slowly
TAKEN_WITHIN_S = 5.0
CLOSE_WITHIN_S = 2.0
GONE = (1012, "connect again")
# the answer to a client that closes
ANSWERED = (1000, "")
# codes that only stand for a missing close frame, and can be sent by nobody
_NO_CODES = (1005, 1006, 1015)

Ending = tuple[int, str] | None


class Relay:
    """One client's socket and the one behind it.

    Nothing is kept: a frame is read from one side when the other has taken the one before. A client that reads slowly
    is felt by the backend behind, which bounds what waits for it.

    Args:
        websocket: The client's, accepted.
        inner: The backend's.
        events: Translates the backend's frames.
    """

    def __init__(self, websocket: WebSocket, inner: ClientConnection, events: Events) -> None:
        self._websocket = websocket
        self._inner = inner
        self._events = events
        self._speaking = asyncio.Lock()
        self._greeted = asyncio.Event()

    async def run(self) -> None:
        """Keep both sockets until one of them ends, then end the other."""
        from_client = asyncio.create_task(self._from_client())
        from_backend = asyncio.create_task(self._from_backend())
        both = (from_client, from_backend)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            # what the backend has said last counts: its refusal comes before the trouble of speaking to it
            ending = from_backend.result() if from_backend.done() else from_client.result()
            await end(both)
            await self._say_goodbye(ending)
        finally:
            await end(both)
            await self._inner.close()

    async def _from_client(self) -> Ending:
        """Hand on what the client says; the answer is how its socket is to be closed."""
        await self._greeted.wait()  # no answer comes before the greeting
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            text = message.get("text")
            if text is None:
                return 1003, "frames are text"
            try:
                told = read_client(text)
            except Reply as reply:
                ending = await self._tell([reply.frame] if reply.frame else [])
                if ending:
                    return ending
                continue
            with suppress(ConnectionClosed):  # the other direction knows why
                await self._inner.send(told)

    async def _from_backend(self) -> Ending:
        """Hand on what the backend says; the answer is how the client's socket is to be closed."""
        try:
            while True:
                frames = self._events.read(json.loads(await self._inner.recv()))
                ending = await self._tell(frames)
                if ending:
                    return ending
                self._greeted.set()
        except ConnectionClosed as closed:
            received = closed.rcvd
            return (received.code, received.reason) if received and received.code not in _NO_CODES else GONE

    async def _tell(self, frames: list[dict[str, Any]]) -> Ending:
        """Send frames to the client; the answer is how its socket is to be closed, if it must be."""
        try:
            async with asyncio.timeout(TAKEN_WITHIN_S), self._speaking:
                for frame in frames:
                    await self._websocket.send_text(json.dumps(frame, ensure_ascii=False))
        except TimeoutError:
            return 1013, "reading too slowly; connect again"
        except WebSocketDisconnect:
            return ANSWERED
        return None

    async def _say_goodbye(self, ending: Ending) -> None:
        code, reason = ending or ANSWERED
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._websocket.close(code, reason)

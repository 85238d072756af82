"""What waits to be sent on one socket: bounded, in order, urgent frames first."""

import asyncio
from collections import deque

from sut.backend.frames import Frame

MOST_FRAMES = 256
MOST_CHARACTERS = 1024 * 1024


class OutboxFullError(Exception):
    """Its reader is too slow: more would have to wait than the server keeps for one socket."""


class Outbox:
    """The frames of one socket that its writer has not sent yet."""

    def __init__(self, most_frames: int = MOST_FRAMES, most_characters: int = MOST_CHARACTERS) -> None:
        self._most_frames = most_frames
        self._most_characters = most_characters
        self._urgent: deque[Frame] = deque()
        self._frames: deque[Frame] = deque()
        self._characters = 0
        self._closed = False
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._frames)

    def put(self, frame: Frame, *, urgent: bool = False) -> None:
        """Add a frame; after `close` it is thrown away.

        Args:
            frame: The frame.
            urgent: Whether it goes before all that waits.

        Raises:
            OutboxFullError: There is no room; the frame is not added.
        """
        if self._closed:
            return
        characters = self._characters + len(frame.text)
        # one frame alone always fits, however long it is
        if len(self) >= self._most_frames or (len(self) and characters > self._most_characters):
            raise OutboxFullError
        (self._urgent if urgent else self._frames).append(frame)
        self._characters = characters
        self._filled.set()
        if not self._half_empty():
            self._room.clear()

    async def put_in_turn(self, frame: Frame) -> None:
        """Add a frame of a long series, when half of the room is free: what happens now must fit in beside it.

        Args:
            frame: The frame.
        """
        await self._room.wait()
        self.put(frame)

    async def take(self) -> Frame:
        """Take the next frame, waiting for one.

        Returns:
            The frame.
        """
        while not len(self):
            self._filled.clear()
            await self._filled.wait()
        frame = (self._urgent or self._frames).popleft()
        self._characters -= len(frame.text)
        if self._half_empty():
            self._room.set()
        return frame

    def close(self) -> None:
        """Throw away what waits and what still comes: nobody will read it."""
        self._closed = True
        self._urgent.clear()
        self._frames.clear()
        self._characters = 0
        self._room.set()

    def _half_empty(self) -> bool:
        return len(self) * 2 <= self._most_frames and self._characters * 2 <= self._most_characters

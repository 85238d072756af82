"""What waits to be sent on one socket: bounded, in order, urgent frames first."""

from sut.backend.frames import MOST_BYTES, Frame
from sut.backend.gate import Gate

MOST_FRAMES = 256


class OutboxFullError(Exception):
    """Its reader is too slow: more would have to wait than the server keeps for one socket."""


class Outbox:
    """The frames of one socket that its writer has not sent yet."""

    def __init__(self, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> None:
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        self._urgent: list[Frame] = []
        self._frames: list[Frame] = []
        self._bytes = 0
        self._closed = False
        self._filled = Gate()
        self._room = Gate(is_open=True)
        self._eased = Gate(is_open=True)

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
        size = self._bytes + frame.size
        # one frame alone always fits, however long it is
        if len(self) >= self._most_frames or (len(self) and size > self._most_bytes):
            raise OutboxFullError
        (self._urgent if urgent else self._frames).append(frame)
        self._bytes = size
        self._filled.open()
        if not self._filled_to(0.5):
            self._room.close()
        if not self._filled_to(0.75):
            self._eased.close()

    async def put_in_turn(self, frame: Frame) -> None:
        """Add a frame of a long series, when half of the room is free: what happens now must fit in beside it.

        Args:
            frame: The frame.
        """
        await self._room.passed()
        self.put(frame)

    async def eased(self) -> None:
        """Wait until it is far from full: who asks for more should read first what they were told."""
        await self._eased.passed()

    async def take(self) -> Frame:
        """Take the next frame, waiting for one.

        Returns:
            The frame.
        """
        while not len(self):
            self._filled.close()
            await self._filled.passed()
        frame = (self._urgent or self._frames).pop(0)
        self._bytes -= frame.size
        self._make_room()
        return frame

    def close(self) -> None:
        """Throw away what waits and what still comes: nobody will read it."""
        self._closed = True
        self._urgent.clear()
        self._frames.clear()
        self._bytes = 0
        self._make_room()

    def _make_room(self) -> None:
        if self._filled_to(0.5):
            self._room.open()
        if self._filled_to(0.75):
            self._eased.open()

    def _filled_to(self, share: float) -> bool:
        return len(self) <= share * self._most_frames and self._bytes <= share * self._most_bytes

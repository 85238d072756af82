"""What waits to be done for one socket, in order."""

from typing import Generic, TypeVar

from sut.backend.gate import Gate

T = TypeVar("T")


class Inbox(Generic[T]):
    """A line that one task works on; while it is empty it takes next to no memory."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._filled = Gate()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Add something at the end.

        Args:
            item: What is to be done.
        """
        self._items.append(item)
        self._filled.open()

    def clear(self) -> None:
        """Throw away what waits."""
        self._items.clear()

    async def take(self) -> T:
        """Take the first, waiting for one.

        Returns:
            What is to be done.
        """
        while not self._items:
            self._filled.close()
            await self._filled.passed()
        return self._items.pop(0)

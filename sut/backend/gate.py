"""What tasks wait at."""

import asyncio


class Gate:
    """Open or closed; who comes to it while it is closed waits.

    It is an `asyncio.Event` for what each socket has several of: that one holds room for many waiters from its first
    moment on, 0.7 KB of it, and here there is hardly ever more than one.

    Args:
        is_open: How it begins.
    """

    __slots__ = ("_is_open", "_waiters")

    def __init__(self, *, is_open: bool = False) -> None:
        self._is_open = is_open
        self._waiters: list[asyncio.Future[None]] = []

    def open(self) -> None:
        """Let through who waits, and who comes from now on."""
        self._is_open = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Let nobody through from now on; who was let through before is."""
        self._is_open = False

    async def passed(self) -> None:
        """Wait until it is open."""
        if self._is_open:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            self._waiters.remove(waiter)

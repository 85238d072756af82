"""When PostgreSQL is asked for what Redis may not have told."""

import asyncio


class SecondWay:
    """The times to ask: now and then, more often while Redis is away, and at once when it goes or comes back."""

    def __init__(self, every_s: float, every_without_redis_s: float) -> None:
        """Make it.

        Args:
            every_s: Seconds to the next question while other processes can be heard through Redis.
            every_without_redis_s: The same while they cannot.
        """
        self._with_s = every_s
        self._without_s = every_without_redis_s
        self._wait_s = every_without_redis_s
        self._now = asyncio.Event()

    def redis_is(self, *, there: bool) -> None:
        """Ask at once, and as often as is needed from now on.

        Args:
            there: Whether other processes can be heard through Redis.
        """
        self._wait_s = self._with_s if there else self._without_s
        self._now.set()

    async def wait(self) -> None:
        """Wait until it is time to ask."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._now.wait()
        except TimeoutError:
            pass
        self._now.clear()

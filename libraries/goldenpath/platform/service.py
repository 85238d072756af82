"""Several servers as one set: started side by side, ready together, and all anew if one had bad luck with its port."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from goldenpath import runtime
from goldenpath.platform import places
from goldenpath.platform.process import PortTakenError, TemplateDamagedError

ATTEMPTS = 4


class Service(Protocol):
    """A server of a set."""

    async def ready(self) -> None:
        """Wait until it answers and is the one that was started."""

    def release(self) -> None:
        """Let it begin to stop, once those that use it are gone."""

    def stop(self) -> None:
        """Stop it, remove what it wrote, and wait for both."""


S = TypeVar("S", bound=Service)
R = TypeVar("R")


class ServiceSet:
    """Servers that live and end together, in one directory."""

    def __init__(self) -> None:
        self.directory: Path = places.new_platform_directory()
        self._services: list[Service] = []

    def add(self, service: S) -> S:
        """Take a server that has just been started into the set.

        Args:
            service: The server; those that it uses were added before.

        Returns:
            The same.
        """
        self._services.append(service)
        return service

    async def ready(self) -> None:
        """Wait until all are ready; the first that fails ends the waiting.

        Raises:
            PlatformStartError: One of them does not come up.
        """
        waiting = [asyncio.ensure_future(service.ready()) for service in self._services]
        try:
            await asyncio.gather(*waiting)
        finally:
            for one in waiting:
                one.cancel()

    def stop(self) -> None:
        """Stop all of them, each after those that use it, and wait for it; a second call does nothing."""
        for service in self._services:
            service.release()
        while self._services:
            self._services.pop().stop()
        with contextlib.suppress(OSError):
            self.directory.rmdir()  # the last guard has done it, unless it was killed


def start_set(build: Callable[[ServiceSet], R]) -> tuple[ServiceSet, R]:
    """Start a set of servers and wait until all are ready.

    Args:
        build: Starts the servers in the set's directory and adds each to the set at once.

    Returns:
        The set, and what `build` returned.

    Raises:
        PlatformStartError: One of them does not come up; then nothing of the set is left.
    """
    for attempt in range(1, ATTEMPTS + 1):
        services = ServiceSet()
        try:
            built = build(services)
            runtime.run(services.ready())
        except (PortTakenError, TemplateDamagedError):
            services.stop()
            if attempt == ATTEMPTS:
                raise
        except BaseException:  # a Robot timeout or Ctrl-C too: nothing may stay
            services.stop()
            raise
        else:
            return services, built
    raise AssertionError("the last attempt returns or raises")

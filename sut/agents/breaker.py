"""The breaker: after too many failures in a row nobody is asked for a while, then one try decides."""

import time
from collections.abc import Callable
from typing import Literal

FAILURES_TO_OPEN = 5
OPEN_S = 10.0


class LlmBreaker:
    """Guards one LLM provider for all runs of a process.

    Closed: everybody may ask. Open: nobody may, for `OPEN_S` seconds. Then half open: one trial may ask; its success
    closes the breaker, its failure opens it again.

    Args:
        clock: Gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trial_under_way = False

    @property
    def state(self) -> Literal["closed", "open", "half_open"]:
        """How it stands now."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_at >= OPEN_S else "open"

    def admit(self) -> bool:
        """Ask for leave to make a call; whoever gets it must tell the end with `succeeded`, `failed` or `gave_up`.

        Returns:
            Whether the call may be made.
        """
        if self.state == "closed":
            return True
        if self.state == "open" or self._trial_under_way:
            return False
        self._trial_under_way = True
        return True

    def succeeded(self) -> None:
        """Tell that a call went well."""
        self._failures = 0
        self._opened_at = None
        self._trial_under_way = False

    def failed(self) -> None:
        """Tell that a call showed the provider in trouble."""
        self._failures += 1
        self._trial_under_way = False
        if self._opened_at is not None or self._failures >= FAILURES_TO_OPEN:
            self._opened_at = self._clock()

    def gave_up(self) -> None:
        """Tell that a call ended and says nothing about the provider, for example because its run was stopped."""
        self._trial_under_way = False

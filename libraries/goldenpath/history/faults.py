"""A fault as an interval in the history: asked for, in effect, healed."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """Something that was done to the platform on purpose.

    Args:
        name: What it is: ``Redis is gone``.
        asked_ns: `time.monotonic_ns` when it was asked for.
        applied_ns: When it was seen to be in effect; ``None`` while it is not.
        healed_ns: When it was seen to be over; ``None`` while it is not.
    """

    name: str
    asked_ns: int = field(default_factory=time.monotonic_ns)
    applied_ns: int | None = None
    healed_ns: int | None = None

    def applied(self) -> None:
        """Note that the fault is in effect."""
        self.applied_ns = time.monotonic_ns()

    def healed(self) -> None:
        """Note that the fault is over."""
        self.healed_ns = time.monotonic_ns()

    def touches(self, began_ns: int, ended_ns: int) -> bool:
        """Tell whether an operation was open at some moment of the fault.

        Args:
            began_ns: Its start.
            ended_ns: Its end.

        Returns:
            Whether the intervals overlap; a fault that was only asked for counts from then.
        """
        return began_ns <= (self.healed_ns or ended_ns) and ended_ns >= self.asked_ns

"""How many tries there were, and how many of them really hit the moment that the race is about."""

from dataclasses import dataclass

from goldenpath.errors import GoldenPathError

# With fewer tries in the window nothing was shown.
FEWEST_IN_WINDOW = 10


class VoidError(GoldenPathError):
    """The measurement shows nothing: neither that a promise is kept nor that it is broken."""


@dataclass(slots=True)
class Tally:
    """Counts tries.

    Args:
        what: What was tried, in the plural: ``questions``.
        window: What a try has to meet to count: ``sent before the greeting had arrived``.
        fewest: How many tries there have to be.
    """

    what: str
    window: str
    fewest: int = 50
    tries: int = 0
    hits: int = 0

    def add(self, hit: bool) -> None:
        """Count a try.

        Args:
            hit: Whether it fell into the window.
        """
        self.tries += 1
        self.hits += hit

    def conclude(self) -> str:
        """Say how many there were.

        Returns:
            A sentence for the log.

        Raises:
            VoidError: Too few, or too few of them fell into the window.
        """
        told = f"{self.tries} {self.what}, {self.hits} of them {self.window}."
        if self.tries < self.fewest or self.hits < FEWEST_IN_WINDOW:
            raise VoidError(
                f"void: {told} It takes {self.fewest}, and {FEWEST_IN_WINDOW} of them in the window. Run it again on a "
                "machine that is less busy."
            )
        return told

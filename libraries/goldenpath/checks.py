"""What scenarios check beyond the judge's rules: each with an id by which a failure names it."""

from dataclasses import dataclass

from goldenpath.errors import PromiseBroken, UsageError

CHECKS: dict[str, "Check"] = {}


@dataclass(frozen=True, slots=True)
class Check:
    """A promise that a keyword holds the platform to.

    Args:
        name: Its id, for example ``one-token-one-verdict``.
        meaning: One sentence.
    """

    name: str
    meaning: str

    def broken(self, seen: str) -> PromiseBroken:
        """Make the failure that names this check.

        Args:
            seen: What was seen instead.

        Returns:
            The exception to raise.
        """
        return PromiseBroken(f"{self.name}: {seen}")


def check(name: str, meaning: str) -> Check:
    """Enter a check in the book.

    Args:
        name: Its id; lower-case words with hyphens.
        meaning: One sentence, as a product owner would read it.

    Returns:
        The check.

    Raises:
        UsageError: There is one of that name.
    """
    if name in CHECKS:
        raise UsageError(f"There is a check called {name} already: {CHECKS[name].meaning}")
    CHECKS[name] = Check(name, meaning)
    return CHECKS[name]

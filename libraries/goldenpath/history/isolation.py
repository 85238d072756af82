"""Looks for what belongs to one user in everything that another user can see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# An id that is shorter might be found by chance.
SHORTEST_MARK = 16


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that a user can see.

    Args:
        place: Where it was seen, in words: ``frame 12``, ``GET /api/threads``, ``row of messages``, ``key events:…``.
        text: All of it, as text.
    """

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Leak:
    """Something of one user in the sight of another."""

    owner: str
    seen_by: str
    place: str
    mark: str

    def __str__(self) -> str:
        return f"{self.seen_by} can see {self.owner}'s {self.mark} in {self.place}"


def find_leaks(marks: Mapping[str, Iterable[str]], sights: Mapping[str, Sequence[Sight]]) -> list[Leak]:
    """Search every user's sights for the marks of every other user.

    Args:
        marks: For each user, what is theirs alone: canary, ids, e-mail (each at least 16 characters).
        sights: For each user, everything that they were shown or that is stored for them.

    Returns:
        The leaks found; upper and lower case count as the same.
    """
    owners = [
        (owner, mark, mark.casefold()) for owner, own in marks.items() for mark in own if len(mark) >= SHORTEST_MARK
    ]
    return [
        Leak(owner, user, sight.place, mark)
        for user, seen in sights.items()
        for sight in seen
        for owner, mark, folded in owners
        if owner != user and folded in sight.text.casefold()
    ]


def sights_with_own_mark(mark: str, sights: Sequence[Sight]) -> int:
    """Count the sights that hold a user's own mark: proof that the search looks at the right things.

    Args:
        mark: The user's canary.
        sights: What the user was shown.

    Returns:
        The number of sights in which the mark was found.
    """
    return sum(mark.casefold() in sight.text.casefold() for sight in sights)

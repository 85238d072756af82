"""What users can see, gathered by a keyword, held against what is other users' own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goldenpath.history.isolation.leaks import Leak
from goldenpath.history.isolation.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Sight:
    """Something that a user can see.

    Args:
        place: Where it was seen, in words: ``frame 12``, ``GET /api/threads``, ``row of messages``, ``key events:…``.
        text: All of it, as text.
    """

    place: str
    text: str


def leaks_between(marks: Mapping[str, Iterable[str]], sights: Mapping[str, Sequence[Sight]]) -> list[Leak]:
    """Search every user's sights for the marks of every other user.

    Args:
        marks: For each user, what is theirs alone: markers, ids, e-mail address.
        sights: For each user, everything that they were shown or that is stored for them.

    Returns:
        The leaks, and the markers that nobody has.
    """
    scanner = Scanner(marks)
    return [
        Leak(found.owners, user, sight.place, found.mark, found.what)
        for user, seen in sights.items()
        for sight in seen
        for found in scanner.find(sight.text)
        if user not in found.owners
    ]


def sights_with_own_mark(mark: str, sights: Sequence[Sight]) -> int:
    """Count the sights that hold a user's own mark: proof that the search looks at the right things.

    Args:
        mark: The user's marker.
        sights: What the user was shown.

    Returns:
        The number of sights in which the mark was found.
    """
    scanner = Scanner({"own": [mark]})
    return sum(any(found.owners for found in scanner.find(sight.text)) for sight in sights)

"""Finds what belongs to somebody in a text: markers, ids and e-mail addresses, by one look into one dictionary each."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from goldenpath.history.isolation.markers import FEWEST_DIGITS, PREFIX, find_markers

# An id that is shorter might be found by chance.
SHORTEST_MARK = 16

# A fixed first character lets the search run at the speed of memory; the eight digits before it are taken afterwards.
_UUID_TAIL = re.compile(r"-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EMAIL = re.compile(r"[A-Za-z0-9._+-]+(?:@|%40|\\u0040)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TOKEN = re.compile(rf"[A-Za-z0-9_.:-]{{{SHORTEST_MARK},}}")


@dataclass(frozen=True, slots=True)
class Found:
    """A mark in a text.

    Args:
        mark: As the owner knows it; of an unknown marker, what was found.
        owners: Whose it is; empty for a marker that nobody has.
        what: In words: ``marker (base64)``, ``id``, ``e-mail address``.
    """

    mark: str
    owners: frozenset[str]
    what: str


class Scanner:
    """Knows the marks of all users.

    Args:
        marks: By user: markers, ids, e-mail addresses; a mark that several users have in common is all of theirs.
    """

    def __init__(self, marks: Mapping[str, Iterable[str]]) -> None:
        self._owners: dict[str, frozenset[str]] = {}
        for owner, own in marks.items():
            alone = frozenset((owner,))  # one for all of their marks: there may be very many
            for mark in own:
                if len(mark) >= SHORTEST_MARK:
                    folded = mark.casefold()
                    known = self._owners.setdefault(mark if mark == folded else folded, alone)
                    if known is not alone:
                        self._owners[folded] = known | alone
        self._heads = {mark[len(PREFIX) :][:FEWEST_DIGITS]: mark for mark in self._owners if mark.startswith(PREFIX)}
        # Ids of other platforms may have any form; only then every longer word has to be looked up.
        self._words = any(
            not mark.startswith(PREFIX) and "@" not in mark and not _UUID.fullmatch(mark) for mark in self._owners
        )

    def __len__(self) -> int:
        return len(self._owners)

    def find(self, text: str) -> Iterator[Found]:
        """Find every mark in a text.

        Args:
            text: A frame, a body, a row.

        Returns:
            Each mark, as often as it stands there.
        """
        for marker in find_markers(text):
            known = self._heads.get(marker.digits[:FEWEST_DIGITS])
            cut_off = "" if marker.whole else ", cut off"
            if known is None or (marker.whole and known != str(marker)):
                yield Found(str(marker), frozenset(), f"marker ({marker.encoding}{cut_off})")
            else:
                yield Found(known, self._owners[known], f"marker ({marker.encoding}{cut_off})")
        owners = self._owners
        for tail in _UUID_TAIL.finditer(text):
            mark = text[max(tail.start() - 8, 0) : tail.end()].lower()
            if mark in owners:
                yield Found(mark, owners[mark], "id")
        if "@" in text or "%40" in text or "u0040" in text:
            for email in _EMAIL.findall(text):
                mark = email.replace("%40", "@").replace("\\u0040", "@").casefold()
                if mark in owners:
                    yield Found(mark, owners[mark], "e-mail address")
        if self._words:
            for word in _TOKEN.findall(text):
                mark = word.casefold()
                if mark in owners and not _UUID.fullmatch(mark) and not mark.startswith(PREFIX):
                    yield Found(mark, owners[mark], "id")

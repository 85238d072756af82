"""Looks through a whole history for what one user was shown of another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from goldenpath.history.exchange import NOBODY, Exchange
from goldenpath.history.isolation.scanner import Found, Scanner
from goldenpath.history.recorder import Channel, Recorder

# What administrators read there is other people's, by its nature.
_ADMIN_PATHS = ("/api/admin/", "/auth/admin/")


@dataclass(frozen=True, slots=True)
class Leak:
    """Something of one user in the sight of another, or a marker that nobody has.

    Args:
        owners: Whose it is; empty for a marker that nobody has.
        seen_by: Who could see it.
        place: Where.
        mark: What stood there.
        what: What it is: ``marker (base64)``, ``id``.
        at_ns: When it was received.
        opened_ns: When the connection was opened that brought it; ``None`` away from connections.
        stored: Whether it was found in a store.
    """

    owners: frozenset[str]
    seen_by: str
    place: str
    mark: str
    what: str
    at_ns: int | None = None
    opened_ns: int | None = None
    stored: bool = False

    def __str__(self) -> str:
        whose = f"{', '.join(sorted(self.owners))}'s" if self.owners else "nobody's"
        return f"{self.seen_by} can see {whose} {self.what} {self.mark}"


def find_leaks(recorder: Recorder, marks: Mapping[str, Iterable[str]]) -> list[Leak]:
    """Search everything that any user received, or that is stored for them, for what is somebody else's.

    An id that users sent themselves is no secret to them; it tells nothing when it comes back.

    Args:
        recorder: The history.
        marks: By user: what is theirs alone.

    Returns:
        Every leak, and every marker that nobody has.
    """
    scanner = Scanner(marks)
    if not len(scanner):
        return []
    said: dict[str, set[str]] = {}
    for owner, text in _sent(recorder):
        said.setdefault(owner, set()).update(found.mark for found in scanner.find(text))
    return [*_in_channels(recorder.channels, scanner, said), *_elsewhere(recorder, scanner, said)]


def _sent(recorder: Recorder) -> Iterator[tuple[str, str]]:
    for channel in recorder.channels:
        for frame in channel.frames:
            if frame.direction == "out":
                yield channel.owner, as_text(frame.raw)
    for exchange in recorder.exchanges:
        yield exchange.owner, " ".join((exchange.path, *exchange.query.values(), exchange.request))


def _in_channels(channels: Iterable[Channel], scanner: Scanner, said: Mapping[str, set[str]]) -> Iterator[Leak]:
    for channel in channels:
        owner, known = channel.owner, said.get(channel.owner, set())
        for number, frame in enumerate(channel.frames, start=1):
            if frame.direction == "out":
                continue
            for found in scanner.find(as_text(frame.raw)):
                if _is_foreign(found, owner, known):
                    place = f"frame {number} of {channel.name}"
                    yield Leak(found.owners, owner, place, found.mark, found.what, frame.at_ns, channel.opened_ns)


def _elsewhere(recorder: Recorder, scanner: Scanner, said: Mapping[str, set[str]]) -> Iterator[Leak]:
    for exchange in recorder.exchanges:
        if exchange.path.startswith(_ADMIN_PATHS):
            continue
        for found in scanner.find(_answer_text(exchange)):
            if _is_foreign(found, exchange.owner, said.get(exchange.owner, set())):
                place, at_ns = f"answer to {exchange}", exchange.ended_ns
                yield Leak(found.owners, exchange.owner, place, found.mark, found.what, at_ns)
    for look_up in recorder.look_ups:
        for found in scanner.find(look_up.text()):
            if look_up.owner != NOBODY and _is_foreign(found, look_up.owner, set()):
                place, at_ns = look_up.place, look_up.at_ns
                yield Leak(found.owners, look_up.owner, place, found.mark, found.what, at_ns, stored=True)


def _is_foreign(found: Found, reader: str, known: set[str]) -> bool:
    return reader not in found.owners and found.mark not in known


def _answer_text(exchange: Exchange) -> str:
    return f"{exchange.answer} {' '.join(exchange.headers.values())}" if exchange.headers else exchange.answer


def as_text(raw: str | bytes) -> str:
    """Give a frame as text, whatever it is.

    Args:
        raw: The frame as it passed the wire.

    Returns:
        Its text; of a binary frame, with a character for each byte that is no text.
    """
    return raw if isinstance(raw, str) else raw.decode("latin-1")

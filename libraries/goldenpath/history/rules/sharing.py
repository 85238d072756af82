"""Rules about isolation: nothing of one user is in the sight of another, and the detector is proven."""

from collections.abc import Callable, Iterator

from goldenpath.history.isolation.leaks import Leak, find_leaks
from goldenpath.history.isolation.proof import prove_detector
from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import HistoryView


@rule("detector-proven", "862-8.1.3", "history")
def detector_proven(history: HistoryView) -> Notes:
    """The detector of leaks finds leaks that are planted for it, in every encoding."""
    missed = prove_detector()
    if missed:
        yield Broken(f"the detector is blind: it missed {', '.join(missed)}")


@rule("no-foreign-marker", "862-8.1.3", "history")
def no_foreign_marker(history: HistoryView) -> Notes:
    """No frame and no body shows a user what carries another user's random marker, in whatever encoding."""
    yield from _told(history, lambda leak: bool(leak.owners) and leak.what.startswith("marker") and not leak.stored)


@rule("no-unknown-marker", "862-8.1.3", "history")
def no_unknown_marker(history: HistoryView) -> Notes:
    """No frame, body, row or key carries a marker that none of this test's users has."""
    yield from _told(history, lambda leak: not leak.owners)


@rule("no-foreign-id", "862-8.1.3", "history")
def no_foreign_id(history: HistoryView) -> Notes:
    """No frame and no body shows a user another user's ids or e-mail address, unless they named it themselves."""
    yield from _told(history, lambda leak: bool(leak.owners) and not leak.what.startswith("marker") and not leak.stored)


@rule("nothing-foreign-is-stored", "contract 6", "history")
def nothing_foreign_is_stored(history: HistoryView) -> Notes:
    """No row and no key of a user holds a marker or an id of another."""
    yield from _told(history, lambda leak: bool(leak.owners) and leak.stored)


def marks_of(history: HistoryView) -> dict[str, set[str]]:
    """Collect what is each user's alone.

    Args:
        history: The history, passed over.

    Returns:
        By user: the marks that the test knows, and the ids that the platform gave them on their own connections.
    """
    marks = {
        person.name: {person.user_id, person.tenant_id, *person.marks} - {""} for person in history.recorder.people
    }
    for name, user in history.users.items():
        own = marks.setdefault(name, set())
        for channel in user.channels:
            asked = {sent.client_message_id for sent in channel.sent}
            for ack in channel.answers_of("message_ack"):
                if ack.client_message_id is not None and ack.client_message_id in asked:
                    own |= {mark for mark in (ack.thread_id, ack.run_id, ack.message_id) if mark}
    return marks


def _told(history: HistoryView, wanted: Callable[[Leak], bool]) -> Iterator[Broken]:
    if history.leaks is None:
        history.leaks = find_leaks(history.recorder, marks_of(history))
    for leak in filter(wanted, history.leaks):
        yield Broken(str(leak), leak.at_ns, place=f"{leak.seen_by}: {leak.place}")

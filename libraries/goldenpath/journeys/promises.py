"""What the journeys hold a platform to, beyond the judge's rules and the limits; each by its id."""

from collections.abc import Iterator
from contextlib import contextmanager

from goldenpath.checks import Check, check
from goldenpath.errors import PromiseBroken

ANSWERED = check("question-is-answered", "A question that nothing stands in the way of ends with a complete answer.")
SHOWN = check("end-reaches-its-user", "What the platform says of a run's end, it has shown on the user's open socket.")
TRUE = check("answer-is-true", "An answer states what SQL over the asker's own data says.")
USEFUL = check("answer-is-worth-having", "An answer speaks of what was asked, with a figure and with what to do.")
UNDERSTOOD = check("follow-up-is-understood", "A follow-up question is understood from what was said in its thread.")
READABLE = check("told-can-be-read-again", "The history holds what was asked and answered, word for word, in order.")
STORED = check("told-is-stored", "Run page, rows and keys hold what the user was told.")
OWN_ONLY = check("search-finds-own-only", "A search finds the asker's own messages, and nobody else's.")
CLOSED = check("foreign-thread-stays-closed", "Who knows another user's thread can neither join it nor ask in it.")
SEPARATE = check("equal-names-stay-apart", "Threads of two users with the same name are two threads.")
NOTHING_SHARED = check("nothing-is-shared", "Nothing of one user stands in another's frames, answers, rows or keys.")
FAILURE_TOLD = check("failure-is-told", "A run that fails ends as failed, with its reason, and never as an answer.")
EXPIRY = check("expired-token-is-refused", "A token that has expired is refused with 401 at every door.")
SURVIVES = check("run-outlives-its-socket", "A run goes on when its user's socket is gone, and is answered.")
OUTAGE_TOLD = check("outage-is-told", "While PostgreSQL is away the platform says so: not ready, and 503 to who asks.")
REST_PATIENT = check("same-patience-over-rest", "A question over REST has as much time as one on the socket.")


@contextmanager
def held_to(promise: Check) -> Iterator[None]:
    """Let whatever a block finds broken be told under a promise's id.

    Args:
        promise: The promise that the block is about.

    Raises:
        PromiseBroken: What the block raised, named.
    """
    try:
        yield
    except PromiseBroken as broken:
        raise promise.broken(str(broken)) from None

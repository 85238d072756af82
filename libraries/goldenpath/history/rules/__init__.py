"""What every platform promises, as rules that a history can be held against; see `book` for the form of a rule."""

from goldenpath.history.rules import (  # noqa: F401 - importing a file enters its rules into the book
    acknowledgement,
    answering,
    closes,
    ends,
    greeting,
    grounding,
    http,
    ids,
    replay,
    secrets,
    sequence,
    sharing,
    steps,
    stores,
    times,
    tools,
)
from goldenpath.history.rules.book import RULES, Rule
from goldenpath.history.rules.frames_of_run import (
    RunFrames,
    broken_thread_seq,
    emitted_at,
    shared_run_ids,
    watched_s,
)
from goldenpath.history.rules.kinds import FIVE_EVENTS, TERMINALS

__all__ = [
    "FIVE_EVENTS",
    "RULES",
    "TERMINALS",
    "Rule",
    "RunFrames",
    "broken_thread_seq",
    "emitted_at",
    "shared_run_ids",
    "watched_s",
]

"""A red test proves something only if its failure names what was expected, not what any dead platform shows."""

import pytest

from goldenpath.proof.reasons import named, reason

FINDING = "five-events: no tool_completed (Ada, socket 1). Promised: A good run shows all five events."
READER = """

When: 0.005 s after Ada's socket 1 was opened, at 2026-11-21T09:26:36.643Z
Limit: limit-first_event, max_s = 5
Business value: all tiers; five-events: or nothing.
Trace: 8e0e (UPGRADE /ws, answered 401)
Reproduce: robot --test 'five-events' suites

judged: 0 frames, 5 bodies; waived: five-events (because)"""
LOUD = "Two frames are swapped."


@pytest.mark.parametrize(
    "message",
    [
        FINDING,
        "What the test itself says.\n\n" + FINDING + READER,
        "What the test itself says.\n" + FINDING,
        "Several failures occurred:\n\n1) Something.\n\n2) " + FINDING,
        "Test timeout 60 seconds exceeded.\n\n" + FINDING + READER,
        "five-events: a check of a keyword says so" + READER,
    ],
)
def test_right(message: str) -> None:
    assert reason(message, ("five-events",), LOUD).right


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("Something else." + READER, "names not five-events"),
        ("one-terminal: two of them" + READER, "but one-terminal"),
        ("It says five-events: in the middle", "names not"),
        ("not-five-events: it is not that", "names not"),
        ("Setup failed:\n" + FINDING, "set-up"),
        ("Parent suite setup failed:\nbackend-1 ended with code 3\n\n" + FINDING, "set-up"),
        ("Test timeout 60 seconds exceeded." + READER, "names not"),
        ("five-events: GET /api/threads got no answer: connection refused", "no answer"),
        ("five-events: the request timed out", "timed out"),
        ("", "names not"),
    ],
)
def test_wrong(message: str, why: str) -> None:
    found = reason(message, ("five-events",), LOUD)
    assert not found.right
    assert why in found.why


@pytest.mark.parametrize("seen", ["The first message is never answered.", "no event at all", "UI 'loading' for ever"])
def test_silence_counts_where_it_is_what_is_seen(seen: str) -> None:
    assert reason("five-events: got no answer within 5 s", ("five-events",), seen).right


def test_silence_of_a_set_up_never_counts() -> None:
    assert not reason("Setup failed:\nfive-events: no answer", ("five-events",), "Nothing is answered.").right


def test_a_promise_may_speak_of_silence() -> None:
    text = "five-events: two of them (Ada). Promised: No run gets no answer."
    assert reason(text, ("five-events",), LOUD).right


def test_a_limit_is_named_anywhere_in_the_failure_itself() -> None:
    message = "The first event took 6.00 s; limit-first_event allows 5 s."
    assert reason(message + READER, ("limit-first_event",), LOUD).right
    assert not reason("Something else." + READER, ("limit-first_event",), LOUD).right


def test_one_of_two_is_enough() -> None:
    assert reason(FINDING, ("one-terminal", "five-events"), LOUD).right


def test_names_only_what_there_is() -> None:
    known = {"five-events", "one-terminal", "limit-first_event"}
    text = FINDING + "\n\nnote: something\n\none-terminal: two; limit-first_event, limit-no_such" + READER
    assert named(text, known) == known

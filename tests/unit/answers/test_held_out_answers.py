"""Answers by a second hand: good ones are accepted, bad ones rejected, and what no words can tell is known."""

import pytest
from held_out import fill, judged, read

from goldenpath.answers.confusion import MOST_FALSE_REJECTS

SEEDS = ("first", "second")
ORACLES = ("grounded", "on topic", "actionable", "real")
# No words tell these from good answers; whoever closes one takes it out of here.
LIMITS = {
    "lines of a breakdown interchanged",
    "months interchanged in a comparison",
    "sarcasm without a marker",
    "denied in a picture",
}


@pytest.mark.parametrize("oracle", [*ORACLES, "context kept"])
@pytest.mark.parametrize("seed", SEEDS)
def test_good_answers_of_another_hand_are_accepted(seed: str, oracle: str) -> None:
    filled = [fill(entry, f"{seed} {entry['text']}", ORACLES) for entry in read("good")]
    given = [one for one in filled if oracle in one.by]
    rejected = [f"{problems[0]}: {one.answer.text}" for one in given if (problems := judged(one, oracle))]
    assert len(given) > 5
    assert len(rejected) <= MOST_FALSE_REJECTS * len(given), rejected


@pytest.mark.parametrize("seed", SEEDS)
def test_bad_answers_of_another_hand_are_rejected(seed: str) -> None:
    accepted = []
    for entry in read("bad"):
        given = fill(entry, f"{seed} {entry['text']}", ("grounded",))
        accepted += [(given.kind, oracle, given.answer.text) for oracle in given.by if not judged(given, oracle)]
    beyond = {kind for kind, _, _ in accepted}
    assert beyond == LIMITS, [one for one in accepted if one[0] not in LIMITS]


def test_a_limit_is_marked_where_it_stands() -> None:
    assert {entry["kind"] for entry in read("bad") if entry.get("limit")} == LIMITS

"""The judge's own words: the stamp, waived rules, how much is told of one fault."""

import pytest
from bad_histories import BAD, JWT, ada
from good_histories import good

from goldenpath.history.judge import MOST_OF_ONE_RULE, judge, judge_connection
from goldenpath.history.recorder import Recorder
from goldenpath.history.rules import RULES


def test_the_stamp_counts_what_was_looked_at() -> None:
    judgement = judge(good().build())
    assert judgement.stamp() == f"judged: {judgement.frames} frames, 5 bodies, {len(RULES)} rules"
    assert judgement.frames > 80
    assert judgement.look_ups == 17


def test_an_empty_history_is_counted_as_nothing() -> None:
    assert judge(Recorder()).stamp().startswith("judged: 0 frames, 0 bodies, ")


def test_a_waived_rule_does_not_count_and_is_told_with_its_reason() -> None:
    story = good()
    BAD["never-1011"](story)
    judgement = judge(story.build(), waived={"never-1011": "the test breaks the server on purpose"})
    assert judgement.findings == ()
    assert judgement.waived == {"never-1011": "the test breaks the server on purpose"}
    assert judgement.counts["never-1011"] == 1
    assert "never-1011" not in judgement.rules


def test_a_rule_that_does_not_exist_cannot_be_waived() -> None:
    with pytest.raises(KeyError, match="no-such-rule"):
        judge(Recorder(), waived={"no-such-rule": "why not"})


def test_a_finding_says_what_where_when_and_what_was_promised() -> None:
    story = good()
    BAD["error-codes-documented"](story)
    (finding,) = judge(story.build()).findings
    assert str(finding) == (
        "error-codes-documented: error has the code RUN_LOST (Ada, socket, 5.400 s after it was opened)"
        f" [trace {finding.trace_id}]. Promised: An error on the socket carries a documented code of the socket."
    )


def test_no_finding_repeats_a_token() -> None:
    for name in ("no-token-in-frames", "no-secret-in-bodies", "no-token-in-addresses", "no-secret-in-stores"):
        story = good()
        BAD[name](story)
        assert not any(JWT in str(finding) for finding in judge(story.build()).findings)


def test_of_one_fault_that_comes_everywhere_the_first_are_told_and_all_are_counted() -> None:
    story = good()
    for number in range(100):
        ada(story).put("in", 19 + number / 100, {}, "no json")
    judgement = judge(story.build())
    assert len(judgement.findings) == MOST_OF_ONE_RULE
    assert judgement.counts == {"frames-are-json": 100}
    assert judgement.untold() == 80


def test_a_frame_is_parsed_and_let_go_of() -> None:
    recorder = good().build()
    judge(recorder)
    assert all(frame._body is None for channel in recorder.channels for frame in channel.frames)


def test_one_connection_can_be_judged_before_the_test_is_over() -> None:
    story = good()
    BAD["steps-in-plan-order"](story)
    channels = {str(channel): channel for channel in story.build().channels}
    assert {finding.rule for finding in judge_connection(channels["Ada's socket"])} >= {"steps-in-plan-order"}
    assert judge_connection(channels["Bob's socket"]) == ()


def test_a_secret_that_the_test_knows_is_found_whatever_it_looks_like() -> None:
    story = good()
    story.signs = {"Ada": ("r" * 43,)}
    story.look_ups[3].content["note"] = "r" * 43
    assert judge(story.build()).counts == {"no-secret-in-stores": 1}


def test_where_every_row_is_lost_it_counts_that_somebody_looked() -> None:
    recorder = good().build()
    last_ns = max(look_up.at_ns for look_up in recorder.look_ups)
    recorder.look_ups.clear()
    assert judge(recorder).counts.get("acknowledged-is-stored", 0) == 0
    recorder.rows_read_ns = last_ns
    assert judge(recorder).counts["acknowledged-is-stored"] > 0

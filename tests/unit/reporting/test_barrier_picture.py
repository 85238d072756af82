"""The picture of several users shows that they really were at work at the same time."""

import pytest
from picture_reader import SvgReader
from samples import HOSTILE, START_NS, broken, normal, three_users

from goldenpath.reporting.barrier_picture import UserRun, several_timelines_svg
from goldenpath.reporting.moments import Moment, moments_from_frames


def read(runs: list[UserRun], limit_s: float | None = 30) -> SvgReader:
    return SvgReader(several_timelines_svg(runs, title="Users", limit_s=limit_s))


def test_the_heading_tells_the_spread_and_the_overlap() -> None:
    texts = read(three_users()).texts
    assert "2 of 3 answered" in texts
    assert (
        "all questions sent within 0.42 ms · all runs open at the same time for 1.89 s · fastest 1.89 s, slowest 3.30 s"
        in texts
    )


def test_every_user_has_a_row_with_the_moment_of_sending_and_the_end() -> None:
    texts = read(three_users()).texts
    assert {"Ada", "Grace", "Edsger", "sent at +0 ms", "sent at +0.42 ms"} <= set(texts)
    assert {"answered in 1.89 s", "answered in 2.73 s", "error in 3.30 s"} <= set(texts)


def test_all_rows_share_one_axis_and_one_colour_for_an_agent() -> None:
    ada = [Moment(1, "agent_thinking", agent="data"), Moment(2, "agent_completed")]
    bob = [Moment(0.5, "agent_thinking", agent="data"), Moment(1, "agent_completed")]
    runs = [UserRun("Ada", 10.0, ada), UserRun("Bob", 11.0, bob)]
    picture = read(runs, limit_s=None)
    [first] = picture.tipped("data 1.00 s")
    [second] = picture.tipped("data 500 ms")
    assert first.colour == second.colour
    assert first.right == pytest.approx(second.right, abs=0.2)


def test_runs_one_after_the_other_are_told_apart_from_runs_side_by_side() -> None:
    done = [Moment(1, "agent_completed")]
    texts = read([UserRun("Ada", 0, done), UserRun("Bob", 2, done)]).texts
    assert any("the runs were never all open at the same time" in text for text in texts)


def test_a_run_without_an_end_or_without_an_event_is_told() -> None:
    texts = read([UserRun("Ada", 0, [Moment(0.5, "message_ack")]), UserRun("Bob", 0, [])]).texts
    assert {"no end, last event at 500 ms", "no event", "0 of 2 answered"} <= set(texts)
    assert "no run" in read([]).texts


def test_more_than_forty_users_are_counted() -> None:
    moments = moments_from_frames(normal(), START_NS)
    picture = read([UserRun(f"user {number}", number / 1000, moments) for number in range(100)])
    assert "100 of 100 answered" in picture.texts
    assert "and 60 more users, who are counted above but not drawn" in picture.texts
    assert "user 39" in picture.texts
    assert "user 40" not in picture.texts


@pytest.mark.parametrize("spread", [0, 0.5, 40])
def test_no_two_texts_overlap(spread: float) -> None:
    runs = [
        UserRun("a user with a very long name indeed", n * spread, moments_from_frames(frames, START_NS))
        for n, frames in enumerate([normal(), broken(), []])
    ]
    picture = read(runs)
    assert picture.overlapping() == []
    assert [label for label in picture.labels if label.left < 0 or label.right > 900] == []


def test_it_can_be_told_in_words_and_holds_hostile_names() -> None:
    picture = read([UserRun(HOSTILE, 0, moments_from_frames(normal(), START_NS))])
    assert picture.title == "Users: 1 of 1 answered"
    assert "sent at +0 ms: answered in 1.89 s" in picture.description

"""The picture of a run shows what happened, and can be read."""

import random

import pytest
from picture_reader import SvgReader
from samples import HOSTILE, START_NS, broken, busy, cut_off, hostile, normal, pictures, quick

from goldenpath.reporting.moments import RUN_EVENTS, Moment, moments_from_frames
from goldenpath.reporting.time_axis import TimeAxis, duration_text, round_duration_text
from goldenpath.reporting.timeline import timeline_svg


def drawn(frames: list, limit_s: float | None = 30, title: str = "A run") -> SvgReader:
    return SvgReader(timeline_svg(moments_from_frames(frames, START_NS), title=title, limit_s=limit_s))


@pytest.mark.parametrize("name", pictures())
def test_no_two_texts_overlap_and_none_leaves_the_picture(name: str) -> None:
    picture = SvgReader(pictures()[name])
    assert picture.overlapping() == []
    assert [label for label in picture.labels if label.left < 0 or label.right > 900] == []
    assert [label for label in picture.labels if label.base > picture.height] == []


@pytest.mark.parametrize("seed", range(40))
def test_any_run_can_be_read(seed: int) -> None:
    """Random runs, from none to three hundred events, from a millisecond to ten minutes, whole or in pieces."""
    dice = random.Random(seed)
    span = 10 ** dice.uniform(-3, 2.8)
    moments = [
        Moment(
            dice.uniform(-0.01, 1) * span,
            dice.choice([*RUN_EVENTS, "error"]),
            label="x" * dice.randrange(60),
            agent=dice.choice([None, "triage", "data", "an agent with a rather long name"]),
            tool_call_id=str(dice.randrange(40)),
            failure=dice.choice(["", "", "", "failed", "cancelled"]),
        )
        for _ in range(dice.choice([0, 1, 2, 8, 80, 300]))
    ]
    limit = dice.choice([None, span * dice.uniform(0.1, 3)])
    picture = SvgReader(timeline_svg(moments, title="t" * dice.randrange(200), limit_s=limit))
    assert picture.overlapping() == []
    assert [label.text for label in picture.labels if label.left < 0 or label.right > 900] == []


def test_the_heading_tells_the_total_the_longest_wait_and_the_limit() -> None:
    texts = drawn(normal()).texts
    assert "answered in 1.89 s" in texts
    assert "longest wait 1.03 s, before agent_completed · within the limit of 30 s" in texts
    assert "limit 30 s →" in texts


def test_every_kind_has_its_row_in_order() -> None:
    picture = drawn(normal())
    rows = [label for label in picture.labels if label.text in RUN_EVENTS]
    assert [row.text for row in rows] == [*RUN_EVENTS[:6]]
    assert [row.base for row in rows] == sorted(row.base for row in rows)


def test_tool_calls_are_bars_from_begin_to_end() -> None:
    picture = drawn(normal())
    [query] = picture.tipped("usage_query 215 ms")[:1]
    [breakdown] = picture.tipped("cost_breakdown 162 ms")[:1]
    assert (query.right - query.left) / (breakdown.right - breakdown.left) == pytest.approx(215 / 162, rel=0.02)
    assert query.left < breakdown.left < breakdown.right < query.right


def test_agents_are_bands_with_their_time() -> None:
    texts = drawn(normal()).texts
    assert {"triage 344 ms", "data 300 ms", "optimization 149 ms", "report 1.03 s"} <= set(texts)


def test_the_largest_gap_stands_out() -> None:
    picture = drawn(normal())
    largest = next(label for label in picture.labels if label.text == "1.03 s")
    others = [label for label in picture.labels if label.text in ("344 ms", "162 ms")]
    assert len(others) == 2
    assert all(largest.size > other.size for other in others)


def test_the_wait_for_the_first_event_counts() -> None:
    picture = SvgReader(timeline_svg([Moment(0.9, "message_ack"), Moment(1.0, "agent_completed")], title="t"))
    assert "longest wait 900 ms, before message_ack" in picture.texts


def test_a_limit_that_fits_is_a_line_and_one_that_was_passed_is_told() -> None:
    texts = drawn(normal(), limit_s=2.5).texts
    assert "limit 2.5 s" in texts
    texts = drawn(normal(), limit_s=1.5).texts
    assert any(text.endswith("over the limit of 1.5 s") for text in texts)
    assert not any("limit" in text for text in drawn(normal(), limit_s=None).texts)


def test_missing_events_are_named() -> None:
    picture = drawn(cut_off())
    assert picture.texts.count("did not arrive") == 3
    assert "no end, last event at 61 ms" in picture.texts
    empty = drawn([])
    assert empty.texts.count("did not arrive") == 5
    assert empty.texts.count("none was seen") == 1
    assert "no event arrived" in empty.texts


def test_a_bad_end_takes_the_place_of_the_answer() -> None:
    picture = drawn(broken(), limit_s=3)
    assert "error after 3.30 s" in picture.texts
    assert "agent_error" in picture.texts
    assert "agent_completed" not in picture.texts
    assert "cost_breakdown, no end" in picture.texts
    assert "usage_query 2.00 s, failed" in picture.texts


def test_two_ends_are_both_shown() -> None:
    moments = [Moment(1, "agent_completed"), Moment(2, "agent_stopped"), Moment(3, "agent_completed")]
    texts = SvgReader(timeline_svg(moments, title="t")).texts
    assert {"agent_completed", "agent_stopped", "Answer ×2"} <= set(texts)


def test_a_degraded_answer_is_not_called_an_answer_only() -> None:
    texts = drawn(busy()).texts
    assert "degraded answer after 28.9 s" in texts
    assert any("1 of 34 tool calls failed" in text for text in texts)


def test_it_can_be_told_in_words() -> None:
    picture = drawn(quick())
    assert picture.root.attrib["role"] == "img"
    assert picture.title == "A run: answered in 200 ms"
    assert "message_ack at 3.6 ms; agent_started at 6.0 ms; agent_thinking at 7.0 ms, 3 in all" in picture.description
    assert "agent_completed at 200 ms" in picture.description
    assert "tool_executing did not arrive" in drawn(cut_off()).description


def test_many_calls_at_once_are_counted_and_not_all_drawn() -> None:
    moments = [Moment(0.1 + n / 1000, "tool_executing", f"t{n}", "data", str(n)) for n in range(40)]
    moments += [Moment(1.0, "tool_completed", f"t{n}", "data", str(n)) for n in range(40)]
    assert "and 28 more calls at the same time, not drawn" in SvgReader(timeline_svg(moments, title="t")).texts


def test_a_flood_of_events_stays_small() -> None:
    moments = [Moment(n / 1000, "agent_thinking", "x", "data") for n in range(20_000)]
    assert len(timeline_svg(moments, title="t")) < 200_000


def test_hostile_text_stays_text() -> None:
    svg = timeline_svg(moments_from_frames(hostile(), START_NS), title=HOSTILE, limit_s=30)
    picture = SvgReader(svg)
    names = {element.tag.split("}")[1] for element in picture.root.iter()}
    assert names <= {"svg", "title", "desc", "rect", "circle", "line", "text"}
    assert not any(name.startswith("on") for element in picture.root.iter() for name in element.attrib)
    assert "\u202e" not in svg


def test_nothing_is_loaded_from_elsewhere() -> None:
    for svg in pictures().values():
        assert "href" not in svg
        assert "url(" not in svg
        assert "<script" not in svg
        assert svg.count("http") == 1  # the name of the SVG language itself


@pytest.mark.parametrize(
    ("seconds", "text", "rounded"),
    [
        (0, "0 ms", "0 ms"),
        (0.00042, "0.42 ms", "0.42 ms"),
        (0.0063, "6.3 ms", "6.3 ms"),
        (0.1234, "123 ms", "123 ms"),
        (0.9999, "1.00 s", "1 s"),
        (1.886, "1.89 s", "1.89 s"),
        (30, "30.0 s", "30 s"),
        (100, "100.0 s", "100 s"),
        (-0.002, "-2.0 ms", "-2 ms"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, text: str, rounded: str) -> None:
    assert duration_text(seconds) == text
    assert round_duration_text(seconds) == rounded


def test_the_axis_keeps_two_thirds_for_the_events() -> None:
    assert TimeAxis(0, 100, [1.0], limit_s=1.5).limit_fits
    assert not TimeAxis(0, 100, [1.0], limit_s=1.6).limit_fits
    axis = TimeAxis(0, 104, [1.0])
    assert (axis.x(0), axis.x(1.0)) == (0, pytest.approx(100))

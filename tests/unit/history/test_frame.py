"""Frames: stamped at once, parsed when somebody asks."""

import time

import pytest

from goldenpath.history.frame import Frame


def test_the_stamp_is_taken_when_the_frame_is_made() -> None:
    before = time.monotonic_ns()
    frame = Frame("in", "{}")
    after = time.monotonic_ns()
    assert before <= frame.at_ns <= after
    assert frame.body == {}
    assert before <= frame.at_ns <= after


def test_the_parts_of_the_envelope() -> None:
    frame = Frame("in", '{"type":"agent_started","seq":3,"run_id":"r","thread_id":"t","data":{"plan":["data"]}}')
    assert (frame.type, frame.seq, frame.run_id, frame.thread_id) == ("agent_started", 3, "r", "t")
    assert frame.data == {"plan": ["data"]}
    assert not frame.malformed
    assert frame.body is frame.body


def test_what_is_missing_or_of_another_kind_is_not_invented() -> None:
    frame = Frame("in", '{"type":5,"seq":true,"run_id":1,"data":[1]}')
    assert (frame.type, frame.seq, frame.run_id, frame.thread_id, frame.data) == ("", None, None, None, {})
    assert not frame.malformed


@pytest.mark.parametrize("raw", ["", "no json", "[1]", "3", "null", "{", b"\xff\x00", "[" * 100_000])
def test_anything_but_an_object_is_malformed(raw: str | bytes) -> None:
    frame = Frame("in", raw)
    assert frame.malformed
    assert frame.body == {}
    assert frame.raw == raw


def test_an_empty_object_is_well_formed() -> None:
    assert not Frame("in", "{}").malformed


def test_its_text_shows_no_content() -> None:
    assert (
        repr(Frame("out", '{"type":"user_message","payload":"private"}')) == "<Frame out user_message, 43 characters>"
    )

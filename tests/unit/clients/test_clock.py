"""The offset of a platform's clock is worked out from the quickest ping, and taken off the way of its frames."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from goldenpath.clients.clock import ClockOffset, offset_of
from goldenpath.history.frame import Frame

AHEAD = timedelta(seconds=7200.25)


def exchange(way_s: float, skew_s: float = 0.0) -> tuple[Frame, Frame]:
    """A ping and its pong from a platform whose clock is ahead; the answer comes so far from the middle of the way."""
    ping = Frame("out", json.dumps({"type": "ping"}))
    ping.at_ns -= round(way_s * 1e9)
    middle = datetime.now(UTC) - timedelta(seconds=way_s / 2 + skew_s)
    pong = Frame("in", json.dumps({"type": "pong", "timestamp": (middle + AHEAD).isoformat()}))
    return ping, pong


def test_the_quickest_exchange_tells_the_offset_and_its_error() -> None:
    offset = offset_of([exchange(0.8, skew_s=0.3), exchange(0.02), exchange(0.5, skew_s=-0.2)])
    assert offset is not None
    assert offset.ahead_s == pytest.approx(AHEAD.total_seconds(), abs=0.01)
    assert offset.error_s == pytest.approx(0.011, abs=0.001)


def test_without_a_moment_in_the_pong_nothing_is_known() -> None:
    assert offset_of([(Frame("out", "{}"), Frame("in", '{"type": "pong"}'))]) is None


def test_the_way_of_a_frame_is_told_by_our_clock_and_a_replayed_one_has_none() -> None:
    made = (datetime.now(UTC) - timedelta(seconds=0.5) + AHEAD).isoformat()
    offset = ClockOffset(AHEAD.total_seconds(), 0.001)
    frame = Frame("in", json.dumps({"type": "agent_started", "timestamp": made, "data": {}}))
    assert offset.underway_s(frame) == pytest.approx(0.5, abs=0.05)
    again = Frame("in", json.dumps({"type": "agent_started", "timestamp": made, "data": {"replayed": True}}))
    assert offset.underway_s(again) is None
    assert offset.underway_s(Frame("in", "{}")) is None

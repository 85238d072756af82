"""The description of the socket takes good frames and finds every small fault."""

import copy
import time
from typing import Any

import pytest
from frame_samples import CLIENT, OPTIONAL, SERVER, spoiled

from goldenpath.schemas import client_frame_errors, frame_errors, frame_types

# The alias may leave the client's id out.
_CLIENT_OPTIONAL = {"chat_message": OPTIONAL | {"client_message_id"}, "ping": OPTIONAL | {"payload"}}


def test_samples_cover_every_described_type() -> None:
    assert SERVER.keys() == frame_types("tell").keys()
    assert CLIENT.keys() == frame_types("hear").keys()


@pytest.mark.parametrize("kind", SERVER)
def test_good_server_frame_is_taken(kind: str) -> None:
    assert frame_errors(SERVER[kind]) == []


@pytest.mark.parametrize("kind", CLIENT)
def test_good_client_frame_is_taken(kind: str) -> None:
    assert client_frame_errors(CLIENT[kind]) == []


@pytest.mark.parametrize("kind", SERVER)
def test_every_spoiled_server_frame_is_found(kind: str) -> None:
    spoils = list(spoiled(SERVER[kind]))
    assert len(spoils) > 15
    assert [what for what, frame in spoils if not frame_errors(frame)] == []


@pytest.mark.parametrize("kind", CLIENT)
def test_every_spoiled_client_frame_is_found(kind: str) -> None:
    spoils = list(spoiled(CLIENT[kind], _CLIENT_OPTIONAL.get(kind, OPTIONAL)))
    assert [what for what, frame in spoils if not client_frame_errors(frame)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("seq", 0),
        ("seq", 1.5),
        ("event_id", "not-an-id"),
        ("user_id", "019a9d3c6f5e7c3a9d2e"),
        ("timestamp", "2026-11-21T05:12:01Z"),
        ("timestamp", "2026-11-21T05:12:01.123+00:00"),
        ("timestamp", "2026-11-21T05:12:01.123456Z"),
        ("timestamp", "2026-13-21T05:12:01.123Z"),
        ("trace_id", "4BF92F3577B34DA6A3CE929D0E0E4736"),
        ("data.status", "failed"),
        ("data.duration_ms", -1),
        ("data.replayed", False),
        ("data.result.findings.0.value", "12.50"),
        ("data.result.period.from", "May 2026"),
        ("data.result.recommendations.0.confidence", 1.1),
        ("data.result.recommendations.0.currency", "dollars"),
        ("data.result.total_monthly_saving", "11.75"),
    ],
)
def test_value_out_of_its_form_is_found(path: str, value: Any) -> None:
    frame = copy.deepcopy(SERVER["agent_completed"])
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    target: Any = frame
    for part in way:
        target = target[part]
    target[last] = value
    assert frame_errors(frame) != []


@pytest.mark.parametrize("kind", ["agent_completed", "tool_completed", "tool_executing", "agent_thinking"])
def test_what_is_left_out_of_a_frame_is_named_and_not_there(kind: str) -> None:
    biggest = {"tool_executing": "parameters", "agent_thinking": "reasoning"}.get(kind, "result")
    whole = SERVER[kind]["data"]
    rest = {name: value for name, value in whole.items() if name != biggest}
    assert frame_errors({**SERVER[kind], "data": {**rest, "left_out": [biggest]}}) == []
    for wrong in (whole | {"left_out": [biggest]}, rest | {"left_out": []}, rest | {"left_out": ["step"]}, rest):
        assert frame_errors({**SERVER[kind], "data": wrong}) != []


def test_code_outside_the_table_is_found() -> None:
    frame = {**SERVER["error"], "data": {"error": {**SERVER["error"]["data"]["error"], "code": "OOPS"}}}
    assert any("code" in wrong for wrong in frame_errors(frame))


@pytest.mark.parametrize("frame", [{}, {"type": None}, {"type": ["pong"]}, {"type": "ping"}])
def test_unknown_type_is_named(frame: dict[str, Any]) -> None:
    assert frame_errors(frame)[0].startswith("there is no frame of type")


def test_message_tells_place_and_fault() -> None:
    frame = {**SERVER["heartbeat"], "event_id": 7}
    assert frame_errors(frame) == ['event_id: 7 is not of type "string"']


def test_a_frame_costs_at_most_100_microseconds() -> None:
    frame = SERVER["agent_completed"]
    frame_errors(frame)
    best_s = min(_time_of(frame, 200) for _ in range(5))
    assert best_s / 200 < 100e-6


def _time_of(frame: dict[str, Any], times: int) -> float:
    began_s = time.perf_counter()
    for _ in range(times):
        frame_errors(frame)
    return time.perf_counter() - began_s

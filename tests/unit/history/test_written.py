"""A written history is JSON lines without secrets, and can be read again as the history that it was."""

import json
from pathlib import Path

import pytest

from goldenpath.errors import UsageError
from goldenpath.history.exchange import UPGRADE, Exchange
from goldenpath.history.look_ups import LookUp
from goldenpath.history.recorder import Close, Recorder
from goldenpath.history.written import read, write

SECOND = 10**9


def full_recorder() -> Recorder:
    recorder = Recorder()
    ada = recorder.people.add("Ada", ["gpc-ada", "u-1"], ["sesame"])
    ada.user_id, ada.tenant_id = "u-1", "t-1"
    recorder.seeds["usage data"] = 42
    wire = recorder.channel("Ada", "socket")
    wire.asked_ns, wire.opened_ns = 5 * SECOND, 5 * SECOND + 7
    for direction, raw, at_s in [
        ("in", '{"type":"pong","data":{}}', 7),
        ("out", "sesame é", 6),
        ("in", b"\x00\xff", 8),
    ]:
        wire.record(direction, raw).at_ns = at_s * SECOND  # type: ignore[arg-type]
    wire.record_close(Close(1000, "bye", 9 * SECOND, "client"))
    request = json.dumps({"password": "sesame"})
    recorder.record_exchange(
        Exchange("Ada", "POST", "/x", 200, 4 * SECOND, 5 * SECOND, "ok", request, "[1]", {"a": "1"}, {}, {"x": "y"})
    )
    recorder.record_exchange(
        Exchange("Ada", UPGRADE, "/ws", None, 10 * SECOND, 11 * SECOND, "indeterminate", trouble="cut")
    )
    recorder.record_look_up(LookUp("Ada", "row of messages", {"id": 1, "hash": "sesame"}, 12 * SECOND))
    fault = recorder.fault("cut")
    fault.asked_ns, fault.applied_ns = 9 * SECOND, 10 * SECOND
    return recorder


def clean(text: str) -> str:
    return text.replace("sesame", "<secret>")


def test_each_thing_is_a_line_in_the_order_of_time(tmp_path: Path) -> None:
    file = tmp_path / "history" / "a.jsonl"
    assert write(file, full_recorder(), {"test": "A Test"}, clean) == 9
    header, *lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert header["test"] == "A Test"
    assert header["seeds"] == {"usage data": 42}
    assert header["people"] == {"Ada": {"user_id": "u-1", "tenant_id": "t-1", "marks": ["gpc-ada", "u-1"]}}
    told = [(line["at_s"], line["kind"], line.get("user"), line["place"]) for line in lines]
    assert told == [
        (0.0, "exchange", "Ada", "POST /x"),
        (1.0, "open", "Ada", "socket"),
        (2.0, "frame", "Ada", "socket"),
        (3.0, "frame", "Ada", "socket"),
        (4.0, "frame", "Ada", "socket"),
        (5.0, "close", "Ada", "socket"),
        (5.0, "fault", None, "cut"),
        (6.0, "exchange", "Ada", "UPGRADE /ws"),
        (8.0, "look_up", "Ada", "row of messages"),
    ]
    assert [line["direction"] for line in lines if line["kind"] == "frame"] == ["out", "in", "in"]
    text = file.read_text(encoding="utf-8")
    assert "sesame" not in text
    assert text.count("<secret>") == 3


def test_it_reads_as_what_it_was(tmp_path: Path) -> None:
    file, was = tmp_path / "a.jsonl", full_recorder()
    write(file, was, {"test": "A Test"}, str)
    found = read(file)
    again = found.recorder
    zero_ns = 4 * SECOND
    assert found.header["test"] == "A Test"
    [wire], [old] = again.channels, was.channels
    assert (wire.owner, wire.name, wire.asked_ns) == ("Ada", "socket", old.asked_ns - zero_ns)
    assert wire.opened_ns == old.opened_ns - zero_ns
    by_time = sorted(old.frames, key=lambda frame: frame.at_ns)
    assert [(f.direction, f.raw, f.at_ns) for f in wire.frames] == [
        (f.direction, f.raw, f.at_ns - zero_ns) for f in by_time
    ]
    assert wire.closed == Close(1000, "bye", 5 * SECOND, "client")
    for new, before in zip(again.exchanges, was.exchanges, strict=True):
        assert new.sent_ns == before.sent_ns - zero_ns
        assert new.ended_ns == before.ended_ns - zero_ns
        assert (new.owner, new.request, new.answer, new.outcome) == (
            before.owner, before.request, before.answer, before.outcome,
        )  # fmt: skip
        assert (dict(new.query), dict(new.headers), new.trouble) == (before.query, before.headers, before.trouble)
    assert again.look_ups == [LookUp("Ada", "row of messages", {"id": 1, "hash": "sesame"}, 8 * SECOND)]
    assert [(f.name, f.asked_ns, f.applied_ns, f.healed_ns) for f in again.faults] == [
        ("cut", 5 * SECOND, 6 * SECOND, None)
    ]
    assert [(p.name, p.user_id, p.marks) for p in again.people] == [("Ada", "u-1", {"gpc-ada", "u-1"})]
    assert again.seeds == {"usage data": 42}


def test_what_is_cut_off_or_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write(file, full_recorder(), {}, str)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for text in ("", "".join(lines[:-1]), "".join(lines)[:-9], '{"kind": "frame"}\n'):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=r"a\.jsonl is no"):
            read(file)


def test_an_empty_history_can_be_written_and_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    assert write(file, Recorder(), {"test": "x"}, str) == 0
    assert read(file).recorder.channels == []

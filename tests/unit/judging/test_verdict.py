"""From judgements to what a test's result says."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from goldenpath.history.finding import Finding
from goldenpath.history.recorder import Recorder
from goldenpath.judging import verdict
from goldenpath.judging.verdict import MOST_TOLD, Judge, Verdict
from goldenpath.world import World

FINDINGS = [Finding("silence", "Ada", "socket 1", f"frame {number}") for number in range(30)]


def judged(
    monkeypatch: pytest.MonkeyPatch,
    *tags: str,
    frames: int = 3,
    findings: int = 0,
    untold: int = 0,
    fails: Exception | None = None,
) -> Verdict:
    """What comes of a test of nobody, when the rules say this."""

    def judge(recorder: Recorder, not_offered: frozenset[str], waived: dict[str, str]) -> Any:
        if fails:
            raise fails
        return SimpleNamespace(
            frames=frames,
            bodies=0,
            findings=FINDINGS[:findings],
            untold=lambda: untold,
            unproven={"order": 2},
            not_applicable={"gaps": ("seq",)},
            stamp=lambda: f"judged: {frames} frames",
        )

    monkeypatch.setattr(verdict, "judge", judge)
    target = SimpleNamespace(not_offered=frozenset(), offers=lambda _: False)
    here = SimpleNamespace(
        recorder=Recorder(), users=[], waived={"order": "it is late"}, target=target, close_sockets=lambda: None
    )
    return Judge().judge_test(cast(World, here), "A Test", list(tags), last_of_suite=True)


def test_a_good_history_has_a_stamp_that_tells_what_was_waived(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = ["unproven: order, 2 times", "not applied: gaps needs seq"]
    assert judged(monkeypatch) == Verdict("judged: 3 frames; waived: order (it is late)", notes=notes)


def test_findings_fail_and_only_so_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = judged(monkeypatch, findings=MOST_TOLD), judged(monkeypatch, findings=MOST_TOLD + 7, untold=100)
    assert few.problems == [str(finding) for finding in FINDINGS[:MOST_TOLD]]
    assert many.problems[:-1] == few.problems
    assert many.problems[-1].startswith("… and 107 more findings of the judge;")
    assert len(many.findings) == MOST_TOLD + 7


def test_a_test_without_a_wire_has_to_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no-wire" in judged(monkeypatch, frames=0).nothing_seen
    assert judged(monkeypatch, "no-wire", frames=0).nothing_seen == ""
    assert judged(monkeypatch, frames=1).nothing_seen == ""


def test_whatever_goes_wrong_is_no_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(monkeypatch, fails=KeyError("x")) == Verdict("not judged: KeyError: 'x'", judged=False)

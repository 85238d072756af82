"""The proof as a whole: what it fails for, its lists, its file, its page, and its lines while it runs."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from proofs import controls, defect, proof, row, three

from goldenpath.proof.cells import Cell, Row, State
from goldenpath.proof.page import LOOKS, page
from goldenpath.proof.progress import Progress


def test_holds() -> None:
    assert proof(*three("P-A", "P-B")).failures() == []


@pytest.mark.parametrize("state", [State.SURVIVED, State.WRONG_REASON, State.NOT_REACHED, State.NOT_RUN])
def test_each_claimed_pair_has_to_hold(state: State) -> None:
    found = proof(*three("P-A"), row(defect("own.bad", "P-A"), state)).failures()
    assert found == [f"own.bad and P-A: {state}: why"]


@pytest.mark.parametrize("state", [State.OPEN, State.NOT_APPLICABLE])
def test_open_and_skipped_pairs_do_not_fail(state: State) -> None:
    assert proof(*three("P-A"), row(defect("own.new", "P-A"), state)).failures() == []


def test_a_scenario_that_exists_and_is_never_red_fails_the_proof_and_an_open_one_does_not() -> None:
    made = proof(*three("P-A"), row(defect("own.new", "P-B"), State.OPEN), tests={"P-A": ("one",), "P-B": ()})
    assert made.failures() == []
    assert made.open_scenarios() == ["P-B"]
    made = replace(made, tests={"P-A": ("one",), "P-B": ("two",)})
    assert made.scenarios_never_red() == ["P-B"]
    assert "P-B: no defect turns it red." in made.failures()


def test_breadth_has_to_be_said() -> None:
    rows = three("P-A")
    assert proof(*rows, row(defect("own.wide", "P-A"), red=2)).failures() == []
    assert "own.wide: all 3 controls" in proof(*rows, row(defect("own.wide", "P-A"), red=3)).failures()[0]
    many = [row(defect(f"own.n{number}", "P-A")) for number in range(9)]
    assert proof(*many, row(defect("own.wide", "P-A", broad="all stops"), red=3)).failures() == []


def test_a_tenth_of_the_defects_may_be_broad() -> None:
    narrow = [row(defect(f"own.n{number}", "P-A")) for number in range(8)]
    wide = row(defect("own.wide", "P-A", broad="all stops"))
    assert "1 of 9 defects are broad" in proof(*narrow, wide).failures()[0]
    assert proof(*narrow, row(defect("own.n8", "P-A")), wide).failures() == []


def test_a_scenario_needs_three_defects_of_which_one_may_be_broad() -> None:
    others = [row(defect(f"own.n{number}", "P-B")) for number in range(20)]
    assert "P-A claims 2 defect(s)" in proof(*others, *three("P-A")[:2]).failures()[0]
    wide = [row(defect(f"own.w{number}", "P-A", broad="all stops")) for number in range(2)]
    assert "P-A: 2 of its 3 defects are broad" in proof(*others, three("P-A")[0], *wide).failures()[0]


def test_chosen_defects_are_not_asked_about_the_rest() -> None:
    assert proof(three("P-A")[0], mode="chosen defects").failures() == []


def test_an_interrupted_proof_fails_and_says_so() -> None:
    made = proof(*three("P-A"), row(defect("own.late", "P-A"), State.NOT_RUN), interrupted=True)
    assert made.failures() == ["The proof was interrupted; what it had is shown."]


def test_lists() -> None:
    killed = row(defect("own.one", "P-A"), names=("five-events",))
    alive = row(defect("own.two", "P-A"), State.SURVIVED)
    new = row(defect("own.three", "P-B"), State.OPEN)
    made = proof(killed, alive, new)
    assert made.unkilled_defects() == ["own.two"]
    assert made.promises_never_red() == ["one-verdict"]
    assert made.counts() | {"defects": 3, "pairs": 3, "killed": 1, "survived": 1, "open": 1} == made.counts()


def test_written(tmp_path: Path) -> None:
    cells = {"P-A": Cell(State.KILLED, red_after_s=4.24), "P-B": Cell(State.KILLED, red_after_s=2.06)}
    made = proof(Row(defect("own.one", "P-A", "P-B"), cells, controls(1), 3.0))
    made.write_json(tmp_path / "proof.json")
    told = json.loads((tmp_path / "proof.json").read_text())
    assert told["holds"] is False
    (one,) = told["defects"]
    assert (one["first_red_s"], one["breadth"], one["cells"]["P-A"]["state"]) == (2.1, [1, 3], "killed")


def test_page_stands_alone_and_escapes() -> None:
    rows = [row(defect(f"own.s{number}", "P-A"), state) for number, state in enumerate(State)]
    rows.append(row(defect("own.html", "P-A", seen="<script>alert(1)</script>"), message="<img src=x>"))
    shown = page(proof(*rows))
    assert "<script" not in shown
    assert "<img" not in shown
    assert "http" not in shown
    assert "broken on purpose" in shown
    letters = [letter for letter, _, _ in LOOKS.values()]
    assert len(set(letters)) == len(letters) == len(State)
    assert all(f">{letter}</span>" in shown for letter in letters)
    for heading in ("nobody kills", "no defect turns red", "Rules and checks", "Open scenarios"):
        assert heading in shown


def test_progress() -> None:
    told = io.StringIO()
    progress = Progress(30.0, 2, told)
    progress.ended(row(defect("own.one", "P-A"), red=1), 10.0)
    progress.ended(row(defect("own.two", "P-A"), State.WRONG_REASON, message="It\nbroke"), 20.0)
    first, second, why = told.getvalue().splitlines()
    assert first.startswith("[1/2] own.one: P-A killed; 1 of 3 controls red; 2.0 s; about 0 s left")
    assert second == "[2/2] own.two: P-A wrong reason; 0 of 3 controls red; 2.0 s"
    assert why == "    P-A: why: It"

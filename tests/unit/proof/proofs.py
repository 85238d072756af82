"""Small pieces of a proof for the tests beside this file."""

from pathlib import Path
from typing import Any

from goldenpath.proof.catalogue import Scenario
from goldenpath.proof.cells import Cell, Control, Row, State
from goldenpath.proof.known import KnownDefect
from goldenpath.proof.plan import Case
from goldenpath.proof.proof import Proof


def defect(name: str = "own.one", *caught_by: str, **changed: Any) -> KnownDefect:
    given = {"given": name, "seen": "Two frames are swapped.", "expects": ("five-events",), "broad": ""} | changed
    return KnownDefect(name=name, caught_by=caught_by or ("P-A",), **given)


def case(test: str, *ids: str, file: str = "a.robot", tags: tuple[str, ...] = ()) -> Case:
    return Case(test, Path(file), frozenset(tags), ids)


def scenarios(*ids: str) -> dict[str, Scenario]:
    return {name: Scenario(name, f"test_{name}", "a", "checks <b>much</b>", "own") for name in ids}


def controls(red: int, of: int = 3) -> tuple[Control, ...]:
    return tuple(Control(f"control {number}", (), number < red) for number in range(of))


def row(one: KnownDefect, state: State = State.KILLED, red: int = 0, **changed: Any) -> Row:
    return Row(one, {name: Cell(state, "why", **changed) for name in one.caught_by}, controls(red), 2.0)


def proof(*rows: Row, mode: str = "claimed pairs", **changed: Any) -> Proof:
    ids = list(dict.fromkeys(name for one in rows for name in one.defect.caught_by))
    given: dict[str, Any] = {
        "seed": 1,
        "scenarios": scenarios(*ids),
        "tests": {name: (name,) for name in ids},
        "defects": [one.defect for one in rows],
        "promises": {"five-events": "rule", "one-verdict": "check", "limit-first_event": "limit"},
    }
    return Proof(mode=mode, rows=list(rows), **(given | changed))


def three(*ids: str) -> list[Row]:
    """Three defects that all scenarios kill: what a proof needs to hold."""
    return [row(defect(f"own.{number}", *ids)) for number in ("one", "two", "three")]

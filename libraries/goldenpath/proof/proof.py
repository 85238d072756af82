"""What a proof has shown, as a whole: its lists, what it fails for, and `proof.json`."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from goldenpath.proof.catalogue import Scenario
from goldenpath.proof.cells import Row, State
from goldenpath.proof.known import KnownDefect
from goldenpath.proof.plan import CONTROLS

FEWEST_DEFECTS = 3
MOST_BROAD_OF_ALL = 0.1
# of a scenario's defects at least so many are not broad
FEWEST_NARROW = FEWEST_DEFECTS - 1


@dataclass(slots=True)
class Proof:
    """A proof, complete or cut short.

    Args:
        mode: ``claimed pairs``, ``quick``, ``full product`` or ``chosen defects``.
        seed: That the controls were drawn with.
        scenarios: What was to be proven, by id.
        tests: The tests that carry each scenario, by id.
        defects: Every defect that one of the scenarios claims, also those that were not run.
        promises: Every id that a failure can name, and what it belongs to.
        rows: What became of each defect.
        seconds: How long it took.
        green_s: How long the run without a defect took.
        interrupted: Whether it was cut short.
    """

    mode: str
    seed: int
    scenarios: Mapping[str, Scenario]
    tests: Mapping[str, tuple[str, ...]]
    defects: list[KnownDefect]
    promises: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0
    green_s: float = 0.0
    interrupted: bool = False

    @property
    def everything(self) -> bool:
        """Whether each defect had its turn, so that what none of them turned red says something."""
        return self.mode in {"claimed pairs", "full product"} and not self.interrupted

    def counts(self) -> dict[str, int]:
        """Count defects, pairs, and the pairs by their state.

        Returns:
            Figures by name.
        """
        states = Counter(cell.state for row in self.rows for cell in row.cells.values())
        return {
            "defects": len(self.rows),
            "pairs": sum(states.values()),
            **{state.value: states[state] for state in State},
        }

    def open_scenarios(self) -> list[str]:
        """Name the scenarios that no test carries yet.

        Returns:
            Their ids.
        """
        return [name for name in self.scenarios if not self.tests.get(name)]

    def unkilled_defects(self) -> list[str]:
        """Name the defects that nobody kills; one whose scenarios are all open is not among them.

        Returns:
            Their names.
        """
        alive = (row for row in self.rows if not row.killed)
        return [row.defect.name for row in alive if any(c.state is not State.OPEN for c in row.cells.values())]

    def scenarios_never_red(self) -> list[str]:
        """Name the scenarios that exist and that no defect turned red for the right reason.

        Returns:
            Their ids.
        """
        red = {name for row in self.rows for name, cell in row.cells.items() if cell.state is State.KILLED}
        skipped = {name for row in self.rows for name, cell in row.cells.items() if cell.state is State.NOT_APPLICABLE}
        return [name for name in self.scenarios if self.tests.get(name) and name not in red | skipped]

    def promises_never_red(self) -> list[str]:
        """Name the rules and checks that no red test named.

        Returns:
            Their ids.
        """
        cells = (cell.names for row in self.rows for cell in row.cells.values())
        controls = (control.names for row in self.rows for control in row.controls)
        red = {name for names in (*cells, *controls) for name in names}
        return [name for name, kind in self.promises.items() if kind != "limit" and name not in red]

    def failures(self) -> list[str]:
        """Tell what the proof fails for.

        Returns:
            One sentence each; none: it holds.
        """
        found = ["The proof was interrupted; what it had is shown."] if self.interrupted else []
        failing = {State.WRONG_REASON, State.SURVIVED, State.NOT_REACHED, State.NOT_RUN}
        if self.interrupted:
            failing.remove(State.NOT_RUN)
        for row in self.rows:
            for name, cell in row.cells.items():
                if cell.state in failing:
                    found.append(f"{row.defect.name} and {name}: {cell.state}: {cell.why}")
            if len(row.red_controls) == len(row.controls) >= CONTROLS and not row.defect.broad:
                found.append(
                    f"{row.defect.name}: all {len(row.controls)} controls turned red, and it is not marked broad."
                )
        if self.mode != "chosen defects" and not self.interrupted:
            found += [f"{name}: no defect turns it red." for name in self.scenarios_never_red()]
            found += self._unbalanced()
        return found

    def _unbalanced(self) -> list[str]:
        found = []
        broad = [defect.name for defect in self.defects if defect.broad]
        if len(broad) > MOST_BROAD_OF_ALL * len(self.defects):
            found.append(
                f"{len(broad)} of {len(self.defects)} defects are broad, allowed is a tenth: {', '.join(broad)}."
            )
        for name in self.scenarios:
            if not self.tests.get(name):
                continue
            own = [defect for defect in self.defects if name in defect.caught_by]
            narrow = [defect for defect in own if not defect.broad]
            if len(own) < FEWEST_DEFECTS:
                found.append(f"{name} claims {len(own)} defect(s), at least {FEWEST_DEFECTS} are wanted.")
            elif len(narrow) < FEWEST_NARROW:
                found.append(f"{name}: {len(own) - len(narrow)} of its {len(own)} defects are broad, one may be.")
        return found

    def as_json(self) -> dict[str, Any]:
        """Give all of it as what JSON can hold.

        Returns:
            The object that `proof.json` holds.
        """
        failures = self.failures()
        return {
            "holds": not failures,
            "mode": self.mode,
            "seed": self.seed,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 1),
            "seconds_without_defect": round(self.green_s, 1),
            "counts": self.counts(),
            "failures": failures,
            "defects_nobody_kills": self.unkilled_defects(),
            "scenarios_never_red": self.scenarios_never_red(),
            "promises_never_red": self.promises_never_red(),
            "open_scenarios": self.open_scenarios(),
            "defects": [
                {
                    **asdict(row.defect),
                    "seconds": round(row.seconds, 1),
                    "first_red_s": None if row.first_red_s is None else round(row.first_red_s, 1),
                    "breadth": [len(row.red_controls), len(row.controls)],
                    "problem": row.problem,
                    "console": row.console,
                    "cells": {name: asdict(cell) for name, cell in row.cells.items()},
                    "controls": [asdict(control) for control in row.controls],
                }
                for row in self.rows
            ],
        }

    def write_json(self, file: Path) -> None:
        """Write `proof.json`.

        Args:
            file: Where to.
        """
        file.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

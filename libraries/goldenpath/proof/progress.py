"""What a proof tells while it runs: one line a defect, and how long the rest will take."""

import sys
import time
from typing import TextIO

from goldenpath.proof.cells import Row, State


class Progress:
    """Prints a line for each run that has ended.

    Args:
        costs: The estimated seconds of all runs together.
        total: How many runs there are.
        stream: Where to; the console if not given.
    """

    def __init__(self, costs: float, total: int, stream: TextIO | None = None) -> None:
        self._costs, self._total = costs, total
        self._done, self._spent = 0, 0.0
        self._began = time.monotonic()
        self._stream = stream or sys.stdout

    def ended(self, row: Row, cost_s: float) -> None:
        """Tell of a defect whose run has ended.

        Args:
            row: What became of it.
            cost_s: What its run was estimated at.
        """
        self._done += 1
        self._spent += cost_s
        cells = ", ".join(f"{name} {cell.state}" for name, cell in row.cells.items())
        breadth = f"; {len(row.red_controls)} of {len(row.controls)} controls red" if row.controls else ""
        problem = f"; {row.problem}" if row.problem else ""
        left = f"; {self._left()}" if self._done < self._total else ""
        line = f"[{self._done}/{self._total}] {row.defect.name}: {cells}{breadth}{problem}; {row.seconds:.1f} s{left}"
        print(line, file=self._stream, flush=True)
        for name, cell in row.cells.items():
            if cell.state in {State.WRONG_REASON, State.NOT_RUN}:
                first = cell.message.strip().partition("\n")[0]
                print(f"    {name}: {cell.why}: {first[:200]}", file=self._stream, flush=True)

    def _left(self) -> str:
        elapsed = time.monotonic() - self._began
        seconds = elapsed / self._spent * (self._costs - self._spent) if self._spent else self._costs
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"

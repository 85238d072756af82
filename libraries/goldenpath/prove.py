"""`python -m goldenpath.prove`: runs known defects against the scenarios that claim to turn red on them."""

import argparse
import os
import secrets
import signal
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from goldenpath.errors import UsageError
from goldenpath.project import ROOT
from goldenpath.proof.catalogue import REQUIREMENTS, read_catalogue
from goldenpath.proof.cells import Cell, Row, State, judge_cell, judge_control
from goldenpath.proof.known import mistakes, promises, read_defects
from goldenpath.proof.page import write_page
from goldenpath.proof.plan import Case, Order, by_file, in_scope, plan, quick, read_cases
from goldenpath.proof.progress import Progress
from goldenpath.proof.proof import Proof
from goldenpath.proof.run import Outcome, Runs

HOLDS, FAILS, CANNOT, INTERRUPTED = 0, 1, 2, 130
GREEN_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A proof that can begin.

    Args:
        proof: What it will show, still without rows.
        orders: What it runs.
        cases: All tests.
        suites: Where they are.
    """

    proof: Proof
    orders: list[Order]
    cases: list[Case]
    suites: Path


def prepare(wanted: argparse.Namespace) -> Prepared:
    """Read scenarios, tests and defects, and plan the runs.

    Args:
        wanted: The command line.

    Returns:
        The proof, ready to begin.

    Raises:
        UsageError: Something is named that does not exist, or there is nothing to run.
    """
    catalogue = read_catalogue(wanted.catalogue)
    scenarios = in_scope(catalogue, wanted.suite)
    cases = read_cases(wanted.suites, catalogue)
    known_ids = promises()
    defects = read_defects(wanted.defect)
    if wrong := list(mistakes(defects, catalogue, known_ids)):
        raise UsageError("\n".join(wrong))
    orders = plan(defects, scenarios, cases, wanted.seed, product=wanted.all)
    proof = Proof(
        mode=_mode(wanted),
        seed=wanted.seed,
        scenarios=scenarios,
        tests={name: tuple(case.test for case in cases if name in case.ids) for name in scenarios},
        defects=[order.defect for order in orders],
        promises=known_ids,
    )
    if wanted.quick:
        orders = quick(orders)
    if not any(order.tests for order in orders):
        raise UsageError("There is nothing to prove: no test claims one of these defects.")
    return Prepared(proof, orders, cases, wanted.suites)


def _mode(wanted: argparse.Namespace) -> str:
    if wanted.defect:
        return "chosen defects"
    return "quick" if wanted.quick else "full product" if wanted.all else "claimed pairs"


def run_green(prepared: Prepared, runs: Runs[tuple[str, ...]]) -> tuple[dict[str, float], list[str]]:
    """Run every test of the proof once without a defect.

    Args:
        prepared: The proof.
        runs: Runs robots.

    Returns:
        Seconds of each test that was not red, and what was red or missing, one sentence each.
    """
    tests = dict.fromkeys(test for order in prepared.orders for test in order.tests)
    jobs = by_file(tests, prepared.cases)
    seconds: dict[str, float] = {}
    wrong: list[str] = []
    with closing(runs.all(jobs, lambda job: runs.robot("", job, GREEN_LIMIT_S))) as results:
        for job, outcome in results:
            if outcome.problem:
                wrong.append(outcome.problem)
            for test in job:
                end = outcome.ends.get(test)
                if end and not end.red:
                    seconds[test] = end.seconds
                elif end or not outcome.problem:
                    told = end.message.strip().partition("\n\n")[0] if end else "gave no result"
                    wrong.append(f"{test}: {told}")
    return seconds, wrong


def run_defects(prepared: Prepared, runs: Runs[Order], seconds: dict[str, float]) -> None:
    """Run each defect and put a row into the proof as each ends.

    Args:
        prepared: The proof.
        runs: Runs robots.
        seconds: How long each test takes.
    """
    proof = prepared.proof
    proof.rows += [_row(order, Outcome(), prepared) for order in prepared.orders if not order.tests]
    # the longest first, so that none of them is left alone at the end
    jobs = sorted((order for order in prepared.orders if order.tests), key=lambda one: -one.cost_s(seconds))
    progress = Progress(sum(order.cost_s(seconds) for order in jobs), len(jobs))
    with closing(runs.all(jobs, lambda order: runs.robot(order.defect.given, order.tests, order.limit_s))) as results:
        for order, outcome in results:
            proof.rows.append(_row(order, outcome, prepared))
            progress.ended(proof.rows[-1], order.cost_s(seconds))


def _row(order: Order, outcome: Outcome, prepared: Prepared) -> Row:
    known_ids = prepared.proof.promises
    cells = {}
    for name, tests in order.claimed.items():
        ends = [outcome.ends[test] for test in tests if test in outcome.ends]
        cells[name] = judge_cell(order.defect, ends, outcome, known_ids) if tests else Cell(State.OPEN, "no test yet")
    ids = {case.test: case.ids for case in prepared.cases}
    controls = tuple(judge_control(test, ids[test], outcome.ends.get(test), known_ids) for test in order.controls)
    return Row(order.defect, cells, controls, outcome.seconds, outcome.problem, outcome.console)


def prove(prepared: Prepared, processes: int, output: Path) -> int:
    """Run a proof and write what it shows.

    Args:
        prepared: The proof.
        processes: How many runs at a time.
        output: The folder for ``proof.json`` and ``proof.html``.

    Returns:
        The exit code.
    """
    proof, began = prepared.proof, time.monotonic()
    output.mkdir(parents=True, exist_ok=True)
    pairs = sum(len(order.claimed) for order in prepared.orders)
    print(f"{len(prepared.orders)} defects, {pairs} pairs, {proof.mode}; seed {proof.seed}", flush=True)
    try:
        seconds, wrong = run_green(prepared, Runs(prepared.suites, processes))
        proof.green_s = time.monotonic() - began
        if wrong:
            print("Without a defect not everything is green, so red would prove nothing:", *wrong, sep="\n")
            return FAILS
        print(f"{len(seconds)} tests are green without a defect; {proof.green_s:.0f} s", flush=True)
        run_defects(prepared, Runs(prepared.suites, processes), seconds)
    except KeyboardInterrupt:
        proof.interrupted = True
        ended = {row.defect.name for row in proof.rows}
        missed = (order for order in prepared.orders if order.defect.name not in ended)
        proof.rows += [_row(order, Outcome(problem="interrupted"), prepared) for order in missed]
    proof.rows.sort(key=lambda row: row.defect.name)
    proof.seconds = time.monotonic() - began
    proof.write_json(output / "proof.json")
    write_page(proof, output / "proof.html")
    _tell(proof, output)
    if proof.interrupted:
        return INTERRUPTED
    return FAILS if proof.failures() else HOLDS


def _tell(proof: Proof, output: Path) -> None:
    print()
    for failure in proof.failures():
        print(failure)
    if still_open := proof.open_scenarios():
        print(f"open, without a test yet: {', '.join(still_open)}")
    print(", ".join(f"{figure} {name}" for name, figure in proof.counts().items()))
    print(f"{'The proof does not hold' if proof.failures() else 'The proof holds'}; {output / 'proof.html'}")


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m goldenpath.prove", description=__doc__)
    parser.add_argument("--suite", default="", help="the folder of suites whose scenarios are proven; default: all")
    parser.add_argument("--defect", nargs="+", action="extend", default=[], help="only these: names, or paths to .py")
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="one defect a scenario, without controls")
    extent.add_argument("--all", action="store_true", help="each defect against each scenario")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="runs at a time; default: cores")
    parser.add_argument("--output", type=Path, default=Path("results", "proof"), help="default: results/proof")
    parser.add_argument("--seed", type=int, default=None, help="of the draw of the controls; default: a new one")
    parser.add_argument("--suites", type=Path, default=ROOT / "suites", help="where all suites are")
    parser.add_argument("--catalogue", type=Path, default=REQUIREMENTS, help="where the scenarios are listed")
    wanted = parser.parse_args(arguments)
    if wanted.processes < 1:
        parser.error("--processes must be at least 1")
    if wanted.seed is None:
        wanted.seed = secrets.randbelow(10**6)
    return wanted


def main(arguments: list[str]) -> int:
    """Prove what the command line says.

    Args:
        arguments: The command line.

    Returns:
        The exit code: 0 when the proof holds, 1 when it does not, 2 when it cannot begin, 130 when it was interrupted.
    """
    # A caller in the background hands on that SIGINT is ignored; the runs are ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        wanted = _arguments(arguments)
        prepared = prepare(wanted)
    except UsageError as error:
        print(error, file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED
    return prove(prepared, wanted.processes, wanted.output)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

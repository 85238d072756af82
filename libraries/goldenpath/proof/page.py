"""The proof as one page that needs nothing else: the matrix defect by scenario, and the lists."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from goldenpath.proof.cells import Cell, Row, State
from goldenpath.proof.proof import Proof
from goldenpath.reporting.colours import BAD, FONT, GOOD, MONO, NEUTRAL, TOOL, WAIT

# a letter and a colour: nobody needs to tell colours apart
LOOKS = {
    State.KILLED: ("K", GOOD, "red, and the failure names the expected promise"),
    State.WRONG_REASON: ("W", WAIT, "red, but for another reason: proves nothing"),
    State.SURVIVED: ("S", BAD, "green although the defect was at work"),
    State.NOT_REACHED: ("N", BAD, "the replaced seam was never used"),
    State.NOT_APPLICABLE: ("–", NEUTRAL, "skipped: the target does not offer what it needs"),
    State.NOT_RUN: ("?", WAIT, "gave no result"),
    State.OPEN: ("o", NEUTRAL, "open: no test carries this scenario yet"),
}
_MANY = 20
_RED, _GREEN = "r", "·"
_STYLE = f"""
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 {FONT}; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }}
h1 {{ margin-bottom: 0; }}
.broken {{ border: 3px solid {BAD}; padding: .6rem 1rem; font-weight: bold; }}
.verdict {{ border-left: 8px solid; padding: .4rem 1rem; }}
.holds {{ border-color: {GOOD}; }}
.fails {{ border-color: {BAD}; }}
table {{ border-collapse: collapse; }}
.wide {{ overflow-x: auto; }}
th, td {{ padding: .2rem .45rem; text-align: left; border-bottom: 1px solid {NEUTRAL}55; vertical-align: top; }}
thead th {{ vertical-align: bottom; font-size: .85rem; }}
thead th.id {{ writing-mode: vertical-rl; transform: rotate(180deg); }}
tbody th {{ font: 13px {MONO}; white-space: nowrap; }}
td.cell {{ text-align: center; font-weight: bold; }}
td.cell span {{ display: inline-block; min-width: 1.5em; border: 2px solid; border-radius: 3px; }}
td.figure {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.many {{ columns: 16rem; }}
pre {{ white-space: pre-wrap; font: 13px {MONO}; margin: .3rem 0 1rem; }}
code {{ font: 13px {MONO}; }}
"""


def write_page(proof: Proof, file: Path) -> None:
    """Write the page.

    Args:
        proof: What it shows.
        file: Where to.
    """
    file.write_text(page(proof), encoding="utf-8")


def page(proof: Proof) -> str:
    """Draw the page.

    Args:
        proof: What it shows.

    Returns:
        HTML.
    """
    counts = proof.counts()
    figures = ", ".join(f"{figure} {name}" for name, figure in counts.items())
    failures = proof.failures()
    verdict = "The proof holds." if not failures else "The proof does not hold."
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Proof matrix</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body>",
        "<h1>Known defects against the scenarios</h1>",
        '<p class="broken">Every platform of this page was broken on purpose. Nothing here is a verdict on a product;'
        " it is one on the tests.</p>",
        f'<div class="verdict {"fails" if failures else "holds"}"><p><b>{verdict}</b> {escape(figures)}.</p>',
        f"<p>Mode: {escape(proof.mode)}. {proof.seconds:.0f} s, of which {proof.green_s:.0f} s without a defect:"
        f" all tests green. Controls drawn with seed {proof.seed}.</p>{_list(failures)}</div>",
        "<h2>Matrix</h2>",
        _legend(),
        _matrix(proof),
        _section("Defects that nobody kills", proof.unkilled_defects(), "None."),
        _section("Scenarios that no defect turns red", proof.scenarios_never_red(), "None."),
        _section(
            "Rules and checks that no defect turns red",
            proof.promises_never_red(),
            "None.",
            note="" if proof.everything else "Not every defect had its turn, so this list says little.",
        ),
        _section(
            "Open scenarios",
            [f"{name}: {proof.scenarios[name].name}" for name in proof.open_scenarios()],
            "None: each scenario has a test.",
        ),
        "<h2>What was seen</h2>",
        *(_details(row) for row in proof.rows),
        "</body></html>",
    ]
    return "\n".join(parts)


def _legend() -> str:
    told = "".join(
        f'<tr><td class="cell">{_mark(letter, colour)}</td><td>{state.value}</td><td>{escape(meaning)}</td></tr>'
        for state, (letter, colour, meaning) in LOOKS.items()
    )
    control = (
        f'<tr><td class="cell">{_RED} {_GREEN}</td><td>control</td><td>a scenario that does not claim the defect and'
        f" ran all the same: {_RED} red, {_GREEN} green. How many are red is the defect's breadth.</td></tr>"
    )
    return f"<details open><summary>Letters</summary><table>{told}{control}</table></details>"


def _mark(letter: str, colour: str) -> str:
    return f'<span style="border-color:{colour}">{letter}</span>'


def _matrix(proof: Proof) -> str:
    head = "".join(
        f'<th class="id" scope="col" title="{escape(scenario.name + ": " + scenario.checks, quote=True)}">{name}</th>'
        for name, scenario in proof.scenarios.items()
    )
    rows = "\n".join(_row(row, proof) for row in proof.rows)
    return (
        f'<div class="wide"><table><thead><tr><th scope="col">defect</th>{head}<th scope="col">breadth</th>'
        f'<th scope="col">first red</th><th scope="col">run</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(row: Row, proof: Proof) -> str:
    controls = {name: control for control in row.controls for name in control.ids}
    cells = []
    for name in proof.scenarios:
        if cell := row.cells.get(name):
            letter, colour, _ = LOOKS[cell.state]
            title = escape(f"{row.defect.name} and {name}: {cell.state.value}. {cell.why}", quote=True)
            cells.append(f'<td class="cell" title="{title}">{_mark(letter, colour)}</td>')
        elif (control := controls.get(name)) and control.ran:
            colour, letter = (TOOL, _RED) if control.red else ("inherit", _GREEN)
            title = escape(f"control: {control.test}", quote=True)
            cells.append(f'<td class="cell" style="color:{colour}" title="{title}">{letter}</td>')
        else:
            cells.append("<td></td>")
    broad = f' <b title="{escape(row.defect.broad, quote=True)}">broad</b>' if row.defect.broad else ""
    breadth = f"{len(row.red_controls)} of {len(row.controls)}" if row.controls else "not measured"
    first = "" if row.first_red_s is None else f"{row.first_red_s:.1f} s"
    return (
        f'<tr><th scope="row" title="{escape(row.defect.seen, quote=True)}">{escape(row.defect.name)}{broad}</th>'
        f'{"".join(cells)}<td class="figure">{breadth}</td><td class="figure">{first}</td>'
        f'<td class="figure">{row.seconds:.1f} s</td></tr>'
    )


def _section(heading: str, entries: list[str], nothing: str, note: str = "") -> str:
    told = f"<p>{escape(note)}</p>" if note else ""
    return f"<h2>{escape(heading)} ({len(entries)})</h2>{told}" + (_list(entries) or f"<p>{escape(nothing)}</p>")


def _list(entries: Iterable[str]) -> str:
    told = "".join(f"<li>{escape(entry)}</li>" for entry in entries)
    many = ' class="many"' if told.count("<li>") > _MANY else ""
    return f"<ul{many}>{told}</ul>" if told else ""


def _details(row: Row) -> str:
    seen = "".join(_seen(name, cell) for name, cell in row.cells.items())
    others = _list(
        f"control {control.test}: {'red' if control.red else 'green' if control.ran else 'gave no result'}"
        + (f", names {', '.join(control.names)}" if control.names else "")
        for control in row.controls
    )
    problem = f"<p>{escape(row.problem)}</p><pre>{escape(row.console)}</pre>" if row.problem else ""
    return (
        f"<details><summary><code>{escape(row.defect.name)}</code>: {escape(row.defect.seen)}</summary>"
        f"<p>Expected: {escape(' or '.join(row.defect.expects))}. Try it:"
        f" <code>robot --variable DEFECTS:{escape(row.defect.given)} suites</code></p>{problem}{seen}{others}</details>"
    )


def _seen(name: str, cell: Cell) -> str:
    told = f"<p><b>{name}</b>: {cell.state.value}; {escape(cell.why)}; {cell.calls} calls of the replaced seam</p>"
    return told + (f"<pre>{escape(cell.message)}</pre>" if cell.message else "")

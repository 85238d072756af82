"""The answer of a run as a card: what was found, what is recommended, what it would save."""

from collections.abc import Mapping
from typing import Any

from goldenpath.reporting.folding import shown

_MOST_ROWS = 50
_CELL = "padding:3px 14px 3px 0;border-bottom:1px solid rgba(127,127,127,.3);text-align:left;vertical-align:top"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def answer_card_html(result: Mapping[str, Any]) -> str:
    """Write a result for a reader.

    Args:
        result: ``{summary, findings, recommendations, total_monthly_saving, period}`` (contract section 5); any part
            may be missing or of another shape.

    Returns:
        HTML without an outer box.
    """
    summary = shown(result.get("summary") or "(no summary)")
    parts = [
        f'<div style="white-space:pre-wrap;overflow-wrap:anywhere">{summary}</div>',
        _findings(_rows(result.get("findings"))),
        _recommendations(_rows(result.get("recommendations"))),
        _total(result),
    ]
    return "".join(parts)


def amount_text(value: object, unit: object) -> str:
    """Write a figure with its unit, as a reader expects it.

    Args:
        value: The figure.
        unit: Its unit; a currency stands before a figure with two decimals.

    Returns:
        For example ``$1,234.50`` or ``912.4 ms``; what is no figure stays as it is.
    """
    unit_text = "" if unit is None else str(unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{value} {unit_text}".strip()
    if unit_text in _SIGNS:
        return f"{'-' if value < 0 else ''}{_SIGNS[unit_text]}{abs(value):,.2f}"
    return f"{value:,} {unit_text}".strip()


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _findings(findings: list[Mapping[str, Any]]) -> str:
    rows = [
        f'<tr><td style="{_CELL}">{shown(_words(row.get("metric")), 200)}</td>'
        f'<td style="{_CELL};text-align:right;font-variant-numeric:tabular-nums">'
        f"<b>{shown(amount_text(row.get('value'), row.get('unit')), 200)}</b></td></tr>"
        for row in findings
    ]
    return _table("What was found", rows)


def _recommendations(recommendations: list[Mapping[str, Any]]) -> str:
    rows = []
    for row in recommendations:
        models = [str(row[name]) for name in ("model_from", "model_to") if row.get(name)]
        change = " → ".join(dict.fromkeys(models))
        saving = row.get("monthly_saving")
        amount = "" if saving is None else f"{amount_text(saving, row.get('currency'))} a month"
        confidence = row.get("confidence")
        sure = f", {confidence:.0%} sure" if isinstance(confidence, int | float) else ""
        rows.append(
            f'<tr><td style="{_CELL}">{shown(row.get("action") or "", 500)}'
            f'<div style="opacity:.75;font-size:12px">{shown(change + sure, 200)}</div></td>'
            f'<td style="{_CELL};text-align:right"><b>{shown(amount, 80)}</b></td></tr>'
        )
    return _table("What is recommended", rows)


def _table(caption: str, rows: list[str]) -> str:
    if not rows:
        return ""
    cut = len(rows) - _MOST_ROWS
    more = f'<div style="opacity:.75">and {cut} more rows</div>' if cut > 0 else ""
    return (
        f'<div style="margin-top:10px;font-weight:600">{caption}</div>'
        '<table style="border-collapse:collapse;table-layout:auto;font-size:13px">'
        f"{''.join(rows[:_MOST_ROWS])}</table>{more}"
    )


def _total(result: Mapping[str, Any]) -> str:
    total = result.get("total_monthly_saving")
    if total is None:
        return ""
    currencies = [row.get("currency") for row in _rows(result.get("recommendations")) if row.get("currency")]
    amount = amount_text(total, currencies[0] if currencies else None)
    return (
        '<div style="margin-top:10px;font-size:15px">Saving in all: '
        f"<b>{shown(amount, 60)}</b> a month{shown(_period(result.get('period')), 80)}</div>"
    )


def _period(period: object) -> str:
    if isinstance(period, Mapping):
        period = " to ".join(str(day) for day in period.values())
    return f", from the figures of {period}" if period else ""


def _words(metric: object) -> str:
    text = str(metric or "").replace("_", " ").strip()
    return text[:1].upper() + text[1:]

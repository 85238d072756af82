"""Rows and keys as small tables for the log."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from goldenpath.clients.answers import without_secrets
from goldenpath.reporting.folding import compact_json, shown

MOST_ROWS = 40
MOST_CHARACTERS = 240
_ON_ONE_LINE = 60
_CELL = "padding:1px 10px 1px 0;border-bottom:1px solid rgba(127,127,127,.3);text-align:left;vertical-align:top"


def table_html(caption: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as a table.

    Args:
        caption: What they are.
        columns: Which of their fields, in this order.
        rows: The rows, oldest first.

    Returns:
        HTML; of very many rows the last ones, and a note of how many were left out.
    """
    kept = rows[-MOST_ROWS:]
    count = f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
    if len(kept) < len(rows):
        count += f", the last {len(kept)} are shown"
    head = "".join(f'<th style="{_CELL}">{html.escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(_cell(row.get(column)) for column in columns)}</tr>" for row in kept)
    title = f'<div style="margin-top:8px;font-weight:600">{shown(caption, 200)}: {count}</div>'
    if not rows:
        return title
    return f'{title}<table style="border-collapse:collapse;font-size:11px"><tr>{head}</tr>{body}</table>'


def _cell(value: Any) -> str:
    safe = "" if value is None else without_secrets(value)
    text = shown(safe if isinstance(safe, str) else compact_json(safe), MOST_CHARACTERS)
    # Ids and moments stay on one line, where they can be read and copied.
    wrap = "nowrap" if len(text) <= _ON_ONE_LINE else "normal;overflow-wrap:anywhere;min-width:240px"
    return f'<td style="{_CELL};white-space:{wrap}">{text}</td>'

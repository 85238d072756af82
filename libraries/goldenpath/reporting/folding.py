"""Text of unknown origin made safe, short and foldable for Robot's log.

Whatever a platform sends may stand in a page: every text goes through `shown` (or `clean`, where escaping follows
later), so that it can neither end an element, nor turn the reading direction of what stands beside it, nor make the
result file invalid.
"""

import html
import json
import re
from typing import Any

from goldenpath.reporting.redaction import redact

TEXT_CAP = 4_000
"""Characters of one text that a page shows."""

JSON_CAP = 2_000
"""Characters of one JSON value that a page shows."""

# control characters but tab and line feed; lone surrogates, which no UTF-8 file can hold; two non-characters that
# XML refuses; and the marks that turn or isolate the reading direction
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def clean(text: object, cap: int = TEXT_CAP) -> str:
    """Make a text fit for a page, without escaping it.

    Secrets are taken out before the cut, so that a cut never leaves half a secret behind.

    Args:
        text: Anything; what is not a string is shown as ``str`` gives it.
        cap: Most characters to keep.

    Returns:
        The text, unsafe characters written as ``[U+202E]``, and at the end how much was cut.
    """
    whole = redact(text if isinstance(text, str) else str(text)).replace("\r\n", "\n")
    cut = len(whole) - cap
    kept = _UNSAFE.sub(lambda found: f"[U+{ord(found.group()):04X}]", whole[:cap])
    return f"{kept} … ({cut:,} of {len(whole):,} characters cut)" if cut > 0 else kept


def shown(text: object, cap: int = TEXT_CAP) -> str:
    """Make a text fit to stand in HTML or SVG, in an element or in a quoted attribute.

    Args:
        text: Anything.
        cap: Most characters to keep.

    Returns:
        The cleaned text, escaped.
    """
    return html.escape(clean(text, cap), quote=True)


def short(text: object, cap: int = 40) -> str:
    """Shorten a text to one line for a label; an ellipsis stands for the rest.

    Args:
        text: Anything.
        cap: Most characters of the result.

    Returns:
        The first characters, cleaned but not escaped.
    """
    line = " ".join(clean(text, 20 * cap).split())
    return line if len(line) <= cap else line[: cap - 1] + "…"


def pretty_json(value: object) -> str:
    """Write a value as indented JSON for a reader.

    Args:
        value: Anything; what JSON does not know is written as text.

    Returns:
        Indented JSON, not capped and not escaped.
    """
    return _json(value, indent=2)


def compact_json(value: object) -> str:
    """Write a value as JSON on one line.

    Args:
        value: Anything; what JSON does not know is written as text.

    Returns:
        One line of JSON, not capped and not escaped.
    """
    return _json(value, indent=None)


def folded(summary: str, body: str) -> str:
    """Fold technical detail away behind one line.

    Args:
        summary: The line that is always seen; escaped here.
        body: What opens below it, cleaned; escaped here and shown in its own lines.

    Returns:
        A ``<details>`` element.
    """
    return (
        f'<details style="margin:2px 0 0"><summary style="cursor:pointer;opacity:.75">{shown(summary, 200)}</summary>'
        '<pre style="margin:4px 0 0;padding:6px 8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:11px;'
        'border-left:2px solid currentColor;opacity:.85">'
        f"{html.escape(body)}</pre></details>"
    )


def _json(value: object, indent: int | None) -> str:
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # keys that are no strings, circles, depth
        return _as_text(value)


def _as_text(value: Any) -> str:
    try:
        return repr(value)
    except RecursionError:
        return f"<{type(value).__name__}, nested too deeply to be shown>"

"""A conversation as a chat that a product owner can read in the log."""

from collections.abc import Sequence

from goldenpath.reporting.answer_card import answer_card_html
from goldenpath.reporting.colours import BAD, FONT, GOOD, NEUTRAL, TOOL
from goldenpath.reporting.folding import JSON_CAP, clean, compact_json, folded, pretty_json, shown
from goldenpath.reporting.lines import Line, ToolUse, lines_from_frames
from goldenpath.reporting.time_axis import duration_text

__all__ = ["Line", "lines_from_frames", "transcript_html"]

_MOST_RAW_FRAMES = 60
_MOST_LINES = 300
_THOUGHT_CAP = 1_000


def transcript_html(lines: Sequence[Line], *, title: str) -> str:
    """Write a conversation for a reader; technical detail is folded away.

    Args:
        lines: The lines, in the order in which they are to stand.
        title: Heading.

    Returns:
        A ``<section>`` element for ``logger.info(..., html=True)``: no script, nothing from outside, everything that
        the platform sent escaped.
    """
    told = [line for line in lines if line.kind != "technical"]
    cut = len(told) - _MOST_LINES
    more = f'<div style="margin:6px 0">and {cut} more lines, left out here</div>' if cut > 0 else ""
    return (
        f'<section style="font:13px/1.45 {FONT};max-width:900px;box-sizing:border-box;margin:4px 0;padding:12px 18px;'
        'border:1px solid rgba(127,127,127,.4);border-radius:8px;background:rgba(127,127,127,.05)">'
        f'<div style="font-size:16px;font-weight:600;margin-bottom:8px">{shown(title, 200)}</div>'
        f"{''.join(_line_html(line) for line in told[:_MOST_LINES])}{more}{_raw_html(lines)}</section>"
    )


def _line_html(line: Line) -> str:
    if line.kind == "question":
        return _bubble(line, shown(line.text), TOOL, right=True)
    if line.kind == "answer":
        missing = f"Without: {', '.join(line.missing)}" if line.missing else ""
        note = f'<div style="margin-top:8px"><b>{shown(missing, 300)}</b></div>' if missing else ""
        card = answer_card_html(line.result) if line.result is not None else "(the answer has no result)"
        return _bubble(line, card + note, GOOD)
    if line.kind == "failure":
        partial = folded("What was found before", clean(pretty_json(line.result), JSON_CAP)) if line.result else ""
        return _bubble(line, f"<b>{shown(line.text)}</b>{partial}", BAD)
    if line.tool is not None:
        return _small(line, _tool_html(line.tool))
    return _small(line, shown(line.text, _THOUGHT_CAP))


def _bubble(line: Line, body: str, colour: str, *, right: bool = False) -> str:
    margin = "8px 0 8px 22%" if right else "8px 12% 8px 0"
    return (
        f'<div style="margin:{margin};padding:8px 12px;border:1px solid {colour};border-left-width:4px;'
        'border-radius:8px;background:rgba(127,127,127,.07)">'
        f'<div style="font-size:12px;margin-bottom:2px"><b>{_isolated(line.who)}</b>'
        f'<span style="opacity:.75"> · {_when(line)}</span></div>'
        f'<div dir="auto" style="white-space:normal;overflow-wrap:anywhere">{body}</div></div>'
    )


def _small(line: Line, body: str) -> str:
    return (
        '<div style="display:flex;gap:10px;margin:2px 0;font-size:12px">'
        '<span style="flex:0 0 58px;text-align:right;opacity:.7;font-variant-numeric:tabular-nums">'
        f"{_when(line)}</span>"
        '<div style="flex:1;min-width:0;overflow-wrap:anywhere">'
        f'<span style="opacity:.75">{_isolated(line.who)}:</span> '
        f'<span dir="auto" style="opacity:.85">{body}</span></div></div>'
    )


def _tool_html(tool: ToolUse) -> str:
    took = "" if tool.duration_ms is None else f", {duration_text(tool.duration_ms / 1000)}"
    colour = {"ok": GOOD, None: NEUTRAL}.get(tool.status, BAD)
    status = "no end was seen" if tool.status is None else tool.status
    parameters, result = (clean(pretty_json(value), JSON_CAP) for value in (tool.parameters, tool.result))
    return (
        f'<b>{_isolated(tool.name)}</b> <span style="border:1px solid {colour};border-radius:8px;padding:0 6px">'
        f"{shown(status, 40)}</span>{shown(took, 40)}" + folded("parameters and result", f"{parameters}\n\n{result}")
    )


def _raw_html(lines: Sequence[Line]) -> str:
    frames = [(line.at_s, frame) for line in lines for frame in line.frames]
    if not frames:
        return ""
    shown_frames = [clean(compact_json(frame), JSON_CAP) for _, frame in frames[:_MOST_RAW_FRAMES]]
    cut = len(frames) - _MOST_RAW_FRAMES
    if cut > 0:
        shown_frames.append(f"… ({cut:,} of {len(frames):,} frames left out)")
    return folded(f"{len(frames)} frames as they came", "\n\n".join(shown_frames))


def _when(line: Line) -> str:
    return "asks" if line.kind == "question" else shown(duration_text(line.at_s))


def _isolated(name: str) -> str:
    """Keep a name's reading direction to itself."""
    return f"<bdi>{shown(name, 80)}</bdi>"

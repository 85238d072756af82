"""Collects all evidence of a failure side by side, in a bounded time, and writes it as one section for the log."""

import asyncio
import html
from collections.abc import Awaitable
from datetime import timedelta

from goldenpath import runtime
from goldenpath.evidence.failure import Failure
from goldenpath.evidence.platform_log import choose
from goldenpath.evidence.stored import keys_html, rows_html
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.reporting.colours import FONT
from goldenpath.reporting.folding import clean, shown
from goldenpath.reporting.run_pictures import conversation_of, picture_of
from goldenpath.world import World

WITHIN_S = 5.0
MOST_CHARACTERS = 200_000
_LINE_CAP = 1_000
_LOOK_BACK = timedelta(seconds=60)
_BEFORE = timedelta(seconds=0.5)

# A caption, and what opens below it: HTML, empty where the caption says it all.
Part = tuple[str, str]


def evidence_of(here: World, failure: Failure, *, at_step: bool = True, within_s: float = WITHIN_S) -> str:
    """Collect what there is to see of a failure at this moment.

    Args:
        here: What the test made.
        failure: What it is about.
        at_step: Whether it stands in the failing step, away from the pictures and conversations of the test itself.
        within_s: Seconds that all of it may take together.

    Returns:
        HTML; a part that cannot be had says why in one line.
    """
    pictures = "".join(picture_of(run) for run in failure.runs) if at_step else ""
    wanted, not_offered = _wanted(here, failure)
    parts = [
        *(_conversations(failure) if at_step else []),
        *runtime.run(_collect(wanted, within_s), timeout_s=within_s + 1),
    ]
    notes = [f"Not offered by {here.target.name}: {', '.join(not_offered)}."] if not_offered else []
    return _section(pictures, [_bounded(part) for part in parts], notes)


def _wanted(here: World, failure: Failure) -> tuple[dict[str, Awaitable[list[Part]]], list[str]]:
    """Give the looks that the target offers, by what they look for, and what it does not offer."""

    async def rows() -> list[Part]:
        return [await rows_html(here.postgres, failure.runs, failure.users)]

    async def keys() -> list[Part]:
        return [await keys_html(here.cache, failure.runs, failure.users)]

    async def logs() -> list[Part]:
        return await asyncio.to_thread(_logs, here, failure)

    offered = {"Rows in PostgreSQL": ("database", rows), "Keys in Redis": ("redis", keys)}
    offered["Log of the platform"] = ("platform_log", logs)
    missing = [what for what, (capability, _) in offered.items() if not here.target.offers(capability)]
    return {what: look() for what, (_, look) in offered.items() if what not in missing}, missing


async def _collect(wanted: dict[str, Awaitable[list[Part]]], within_s: float) -> list[Part]:
    tasks = {what: asyncio.ensure_future(look) for what, look in wanted.items()}
    await asyncio.wait(tasks.values(), timeout=within_s) if tasks else None
    parts: list[Part] = []
    for what, task in tasks.items():
        if not task.done():
            # Not awaited: the client of a frozen store hangs on being cancelled, too.
            task.cancel()
            parts.append((f"{what}: not to be had, no answer within {within_s:g} s", ""))
        elif (error := task.exception()) is not None:
            parts.append((f"{what}: not to be had: {type(error).__name__}: {error}", ""))
        else:
            parts += task.result()
    return parts


def _conversations(failure: Failure) -> list[Part]:
    return [
        (f"What {user.name} and the platform had said by then", conversation_of(user))
        for user in failure.users
        if user.runs
    ]


def _logs(here: World, failure: Failure) -> list[Part]:
    platform = here.platform
    if not isinstance(platform, EmbeddedPlatform):
        return []
    begin = max(failure.at - timedelta(seconds=failure.lasted_s) - _BEFORE, failure.at - _LOOK_BACK)
    parts, silent = [], []
    for process in platform.processes:
        chosen = choose(platform.log_lines(process), failure.traces, begin, failure.at)
        if not chosen.lines:
            silent.append(process)
            continue
        lines = html.escape("\n".join(clean(line, _LINE_CAP) for line in chosen.lines))
        parts.append((f"Log of {chosen.caption(process)}", f'<pre style="white-space:pre-wrap">{lines}</pre>'))
    if silent:
        parts.append((f"Log: no line of that moment and none with the trace from {', '.join(silent)}", ""))
    return parts


def _bounded(part: Part) -> Part:
    caption, body = part
    if len(body) > MOST_CHARACTERS:
        return f"{caption}: {len(body):,} characters, too many to show here; the history of the test has it", ""
    return part


def _section(pictures: str, parts: list[Part], notes: list[str]) -> str:
    lines = [_folded(caption, body) if body else f"<div>{shown(caption, 500)}</div>" for caption, body in parts]
    lines += [f"<div>{shown(note, 500)}</div>" for note in notes]
    return (
        f'<section style="font:13px/1.45 {FONT};max-width:980px;margin:4px 0;padding:8px 14px;'
        'border:1px solid rgba(127,127,127,.4);border-left:4px solid #e0503f;border-radius:8px">'
        '<div style="font-size:15px;font-weight:600;margin-bottom:4px">What there was to see when it failed</div>'
        f"{pictures}{''.join(lines)}</section>"
    )


def _folded(caption: str, body: str) -> str:
    return (
        f'<details style="margin:2px 0"><summary style="cursor:pointer">{shown(caption, 500)}</summary>'
        f'<div style="overflow-x:auto;font-size:11px">{body}</div></details>'
    )

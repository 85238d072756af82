"""Puts under the message of a failed test what its reader needs next."""

import sys
from pathlib import Path

from robot import result, running

from goldenpath.evidence.at_failure import AtFailure, show
from goldenpath.evidence.message import limit_lines, trace_line, value_line, when_line
from goldenpath.evidence.reproduce import reproduce_line, variables_given
from goldenpath.world import World


def explain(
    here: World,
    data: running.TestCase,
    result: result.TestCase,
    at_failure: AtFailure,
    stamp: str,
    *,
    about_platform: bool,
) -> None:
    """Add the lines that make sense: all for a promise that was broken, the last one for a mistake of the test itself.

    A test that fails though no step did gets its evidence now; when and in which trace, its findings say themselves.

    Args:
        here: What the test made.
        data: The test as its file has it.
        result: The failed test.
        at_failure: What is known of the step that failed.
        stamp: Of the judge; it stays the end of the message.
        about_platform: Whether it has failed for what the platform did.
    """
    body = result.message.removesuffix(stamp).rstrip()
    try:
        lines = _lines(here, data, body, result.doc, at_failure, about_platform)
    except Exception as error:  # the failure has to stay what it is, and the judgement too
        lines = [f"Not explained: {type(error).__name__}: {error}"]
    result.message = "\n\n".join(filter(None, [body, "\n".join(lines), stamp]))


def _lines(
    here: World, data: running.TestCase, body: str, documentation: str, at_failure: AtFailure, about_platform: bool
) -> list[str]:
    lines: list[str | None] = []
    failure = at_failure.failure
    if about_platform:
        if failure is None:
            show(here, body, (), 0.0, at_step=False)
        lines = [
            when_line(failure.at, failure.after) if failure else None,
            *limit_lines(body),
            value_line(documentation),
            trace_line(failure.traces) if failure else None,
        ]
    if data.source is not None:
        given = variables_given(tuple(sys.argv[1:]))
        lines.append(reproduce_line(data.name, Path(data.source), given, here.seed_used))
    return [line for line in lines if line]

"""Why a test was red: which promises its failure names, and whether that shows the defect or only a dead platform."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

# what is written below each failure for its reader; it names limits and waived rules that are no part of the failure
_FOR_THE_READER = re.compile(r"(?:When|Limit|Business value|Trace|Reproduce|judged|not judged): ")
_NAMED_FIRST = re.compile(r"(?:\d+\) )?([a-z0-9]+(?:-[a-z0-9]+)*): ")
_LIMIT = re.compile(r"\blimit-\w+")
_PROMISED = re.compile(r" Promised: .*")
_SET_UP = re.compile(r"(?:Parent suite setup|Setup) failed:")
# what any check would say of a platform that is not there
_SILENT = re.compile(
    r"\btimed out\b|\btime-?out\b|connection (?:failed|refused|reset)|no answer|did not start|could not be started",
)
# words of a defect's `seen` line by which silence is what it is about
_SAYS_SILENCE = re.compile(
    r"silen|never|nothing|unanswered|hang|hung|for ever|forever|stuck|time-?out|timed out|half-open|waits?\b|blocks?\b"
    r"|\bno (?:\w+ )?(?:answer|event|ack|reply|response|frame|result|terminal)"
    r"|\bnot (?:answered|acknowledged|delivered|arrive)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """What a red test says of an expected promise.

    Args:
        right: Whether the failure names it, and would not be the same of any platform that is away.
        why: In a few words.
    """

    right: bool
    why: str


def named(message: str, known_ids: Collection[str]) -> set[str]:
    """Find the promises that a failure names.

    Args:
        message: Of the red test.
        known_ids: Every id that there is.

    Returns:
        The ids.
    """
    return {name for problem in _problems(message) for name in _ids(problem) if name in known_ids}


def reason(message: str, expects: Collection[str], seen: str) -> Reason:
    """Tell whether a test is red for the reason that was fixed before.

    Args:
        message: Of the red test.
        expects: The ids of which it has to name one.
        seen: What somebody outside sees of the defect: where that is silence, silence counts.

    Returns:
        The reason.
    """
    wanted = " or ".join(expects)
    if _SET_UP.match(message):
        return Reason(False, "the set-up failed")
    silent = ""
    for problem in _problems(message):
        own = _ids(problem)
        if right := own.intersection(expects):
            about = _SILENT.search(_PROMISED.sub("", problem))
            if not about or _SAYS_SILENCE.search(seen) or any(name.startswith("limit-") for name in right):
                return Reason(True, f"names {', '.join(sorted(right))}")
            silent = f"names {', '.join(sorted(right))}, but only because of '{about[0]}'"
    others = sorted({name for problem in _problems(message) for name in _ids(problem)})
    return Reason(False, silent or f"names not {wanted}" + (f" but {', '.join(others)}" if others else ""))


def _problems(message: str) -> Iterator[str]:
    """Take a message apart: what begins after an empty line, or with the name of a promise, is a problem of its own."""
    lines: list[str] = []
    for line in message.splitlines():
        if _FOR_THE_READER.match(line):
            continue
        if (not line.strip() or _NAMED_FIRST.match(line)) and lines:
            yield "\n".join(lines)
            lines = []
        if line.strip():
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _ids(problem: str) -> set[str]:
    first = _NAMED_FIRST.match(problem)
    return set(_LIMIT.findall(_PROMISED.sub("", problem))) | ({first[1]} if first else set())

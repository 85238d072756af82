"""The book of rules: each has a name, one sentence of meaning, a source, a scope, and needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

# What a rule is asked about: one frame from the platform; one connection; one run as one connection showed it; one
# request over HTTP; everything of one user; everything.
Scope = Literal["frame", "channel", "run", "exchange", "user", "history"]


@dataclass(frozen=True, slots=True)
class Broken:
    """What a rule saw that should not be.

    Args:
        text: What was seen.
        at_ns: `time.monotonic_ns` of the moment.
        trace_id: By which the platform's log tells of it.
        place: Where, when it is not the place that the rule was asked about.
    """

    text: str
    at_ns: int | None = None
    trace_id: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Unproven:
    """A rule could not find out whether it is kept.

    Args:
        why: What would have had to be seen.
    """

    why: str


Notes = Iterator[Broken | Unproven]
Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise, and how a history is held against it.

    Args:
        name: By which a scenario can waive it.
        meaning: The promise, in one sentence.
        source: The section of the contract, or the id of the plan, that it comes from.
        scope: What it is asked about.
        needs: Capabilities of the platform without which it says nothing.
        check: For the scope ``frame`` a function of frame and connection that gives what is wrong, or ``None``; for the
            other scopes a function of the scope's view that yields `Broken` and `Unproven`.
        types: For the scope ``frame``: of which types; empty for all.
    """

    name: str
    meaning: str
    source: str
    scope: Scope
    needs: frozenset[str]
    check: Callable[..., Any]
    types: frozenset[str] = frozenset()


RULES: dict[str, Rule] = {}


def rule(
    name: str, source: str, scope: Scope, needs: str = "", types: tuple[str, ...] = ()
) -> Callable[[Check], Check]:
    """Enter a rule into the book; the docstring of its check is its meaning.

    Args:
        name: Its name.
        source: Where the promise stands.
        scope: What it is asked about.
        needs: Names of capabilities, with blanks between.
        types: For the scope ``frame``: of which types of frames.

    Returns:
        The decorator.

    Raises:
        ValueError: The name is taken, or the check has no meaning.
    """

    def enter(check: Check) -> Check:
        meaning = (check.__doc__ or "").strip()
        if name in RULES or not meaning or "\n" in meaning:
            raise ValueError(f"the rule {name} needs a name of its own and a docstring of one sentence")
        RULES[name] = Rule(name, meaning, source, scope, frozenset(needs.split()), check, frozenset(types))
        return check

    return enter

"""What kind of answer it is: a real one, a refusal, a degraded one, or words that only look like success."""

import re
from enum import StrEnum

from goldenpath.answers.answer import Answer
from goldenpath.answers.figures import stated_figures
from goldenpath.answers.words import sentences

_REFUSAL = re.compile(
    r"\b(?:(?:I|we)(?:['’]m| am| are)? (?:sorry|afraid|(?:un|not )able to)|as an ai\b|(?:I|we) (?:cannot|can['’]t"
    r"|could not|couldn['’]t|won['’]t|will not|do not|don['’]t have|am not allowed|must decline|refuse)"
    r"|not (?:permitted|allowed) to|outside (?:of )?(?:my|what I)|unable to (?:help|answer|share|provide|assist)"
    r"|confidential|must (?:decline|leave))",
    re.IGNORECASE,
)
_DEGRADED = re.compile(
    r"\b(?:partial(?:ly)?|incomplete|degraded"
    r"|(?:could|can) not be (?:read|worked out|computed|loaded|reached|determined)"
    r"|(?:is|are|was|were) (?:temporarily |currently )?(?:unavailable|missing|not available)|without the \w+ data"
    r"|did not (?:answer|respond)|timed out|stored prices|estimate only"
    r"|preliminary|provisional|left out|still (?:to come|missing|outstanding)"
    r"|(?:steps?|tools?|services?|agents?|analysis)\b[^.]{0,20} failed"
    r"|(?:is|was|were) (?:down|offline|unreachable|out of reach)"
    r"|(?:older|stale|outdated|cached) (?:data|figures|prices))\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What an answer is."""

    ANSWER = "answer"
    REFUSAL = "refusal"
    DEGRADED = "degraded"
    EMPTY = "empty"


def kind_of(answer: Answer) -> Kind:
    """Tell what kind of answer it is.

    Args:
        answer: The answer.

    Returns:
        ``degraded`` when its status or its words say that something is missing; ``refusal`` when it declines;
        ``answer`` when it states figures; ``empty`` otherwise: a canned success is empty, however cheerful.
    """
    if answer.status == "degraded":
        return Kind.DEGRADED
    figures = [figure for figure in stated_figures(answer.text) if figure.unit and not (figure.denied and figure.value)]
    opening = " ".join(sentences(answer.text)[:2])
    if _REFUSAL.search(opening) and not figures:
        return Kind.REFUSAL
    if _DEGRADED.search(answer.text):
        return Kind.DEGRADED
    return Kind.ANSWER if figures else Kind.EMPTY

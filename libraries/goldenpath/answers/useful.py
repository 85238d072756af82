"""Whether an answer is about the question, and says what to do."""

import re
from collections import Counter

from goldenpath.answers.answer import Answer, Question
from goldenpath.answers.denial import clauses
from goldenpath.answers.figures import stated_figures
from goldenpath.answers.words import models_in, months_in, name_pattern, names, plain, sentences, years_in

_ACTION = re.compile(
    r"\b(?:mov(?:e|ing)|switch\w*|migrat\w+|replac\w+|shift\w*|rout(?:e|ing)|send(?:ing)?|us(?:e|ing)|cach\w+|batch\w*"
    r"|limit\w*|cap|reduc\w+|downgrad\w+|consolidat\w+|renegotiat\w+|set(?:ting)?|try|trim\w*|cut(?:ting)?|chang(?:e|ing)|swap\w*)\b|→",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:avoid|stop|refrain from|advise against|instead of) (?:mov|switch|migrat|replac|shift|rout|swap)\w+"
    r"|\b(?:mistake|bad idea|unwise|foolish|not worth)\b",
    re.I,
)
# The subject at the wrong end of a move.
_WRONG_WAY = (
    r"\b(?:mov|switch|migrat|chang|shift|rout|downgrad)\w*\b.*?(?:\bto|→)\s+\W*{name}",
    r"\breplac\w+\b.*?\b(?:with|by)\s+\W*{name}",
    r"\bswap\w*\s+(?!in\b).*?\bfor\s+\W*{name}",
    r"{name}\W*\s+(?:instead|in place) of\b",
)
_POINTS_BACK = re.compile(r"\b(?:it|that|this|them|these|those)\b", re.I)
# What belongs to tools, templates and prompts, and to no answer; text put in that reads like an answer passes.
_NO_PROSE = (
    ("raw data of a tool", re.compile(r"</?\w*(?:tool|result|function)\w*[^>]*>|\"\w+\"\s*:\s*[\d\"{\[]")),
    ("a template that was not filled in", re.compile(r"\{\{|\}\}|<\|\w+\|>|\[[a-z_ ]+\](?!\()", re.I)),
    (
        "instructions to a language model",
        re.compile(
            r"\b(?:ignore|disregard|forget) (?:all |any )?(?:the |your )?(?:previous|prior|above|earlier) \w+"
            r"|\b(?:new|updated) instructions?:|\bsystem prompt\b|\byou are an? (?:\w+ )?assistant\b"
            r"|^(?:system|user|assistant):",
            re.I | re.M,
        ),
    ),
)
_WORD = re.compile(r"[a-z][a-z'’-]+", re.IGNORECASE)
_COMMON = frozenset(
    """a an and are as at be by did do does for from had has have how i in is it its me my of on or our so that the
    their this to us was we were what which will with would you your much many please tell could can should
    here""".split()  # noqa: SIM905 - a list of sixty strings is no easier to read
)
# One figure or name in so many words: below, an answer is padding.
_WORDS_PER_FACT = 60
_NEW_WORDS = 4
_LARGEST_REPEATED_SHARE = 0.34


def off_topic(answer: Answer, question: Question) -> list[str]:
    """Look for signs that an answer is not one to this question.

    Args:
        answer: The answer.
        question: The question.

    Returns:
        What is wrong, one phrase each; empty when it names subject and period, no others, and says something new in a
        bearable number of words.
    """
    text = answer.text
    problems = []
    if not names(text, question.subject):
        problems.append(f"it does not speak of {question.subject}")
    advised = {plain(str(advice.get(key))) for advice in answer.recommendations for key in ("model_from", "model_to")}
    if question.subject and (
        others := models_in(text) - advised - models_in(question.words()) - {plain(question.subject)}
    ):
        problems.append(f"it speaks of {', '.join(sorted(others))}, which was not asked")
    months = months_in(text)
    if question.months and not months & question.months:
        problems.append("it does not name the period that was asked")
    if question.months and months - question.months:
        problems.append("it names another period than was asked")
    asked_years = years_in(question.words())
    if asked_years and years_in(text) - asked_years:
        problems.append("it names another year than was asked")
    problems += [f"it shows {what}" for what, rule in _NO_PROSE if rule.search(text)]
    return problems + _empty_talk(text, question)


def _empty_talk(text: str, question: Question) -> list[str]:
    words = [word.casefold() for word in _WORD.findall(text)]
    new = set(words) - _COMMON - {word.casefold() for word in _WORD.findall(question.words())}
    figures = stated_figures(text)
    problems = []
    asked = {(figure.value, figure.unit) for figure in stated_figures(question.words())}
    if len(new) < _NEW_WORDS and not [figure for figure in figures if (figure.value, figure.unit) not in asked]:
        problems.append("it says nothing that the question did not say")
    if not figures:
        problems.append("it states no figure")
    elif len(words) > _WORDS_PER_FACT * len(figures):
        problems.append(f"it is padding: {len(words)} words around {len(figures)} figure(s)")
    told = Counter(" ".join(_WORD.findall(sentence)).casefold() for sentence in sentences(text))
    repeated = sum(count - 1 for said, count in told.items() if len(said) > 20)
    if repeated > _LARGEST_REPEATED_SHARE * max(3, sum(told.values())):
        problems.append(f"it repeats itself: {repeated} sentences come again")
    return problems


def not_actionable(answer: Answer, question: Question) -> list[str]:
    """Look for what keeps a reader from acting on an answer.

    Args:
        answer: The answer.
        question: The question.

    Returns:
        What is missing, one phrase each; empty when one statement names an action, what it is done to, and what it
        brings in figures.
    """
    problems = []
    if not all(str(advice.get("action") or "").strip() for advice in answer.recommendations):
        problems.append("a recommendation names no action")
    said = sentences(answer.text)
    advice = [place for place, sentence in enumerate(said) if _advises(sentence)]
    if not advice:
        return [*problems, "it says nothing that could be done"]
    about = [place for place in advice if _is_about(said, place, question.subject)]
    if not about:
        return [*problems, f"what it says to do is not about {question.subject}"]
    if question.subject and all(_wrong_way(said[place], question.subject) for place in about):
        problems.append(f"it advises to move to {question.subject}, not away from it")
    if not any(_brings_something(said, place) for place in about):
        problems.append("it does not say what the action brings")
    return problems


def _advises(sentence: str) -> bool:
    return any(
        _ACTION.search(clause) and not denied and not _AGAINST.search(clause) for clause, denied in clauses(sentence)
    )


def _is_about(said: list[str], place: int, subject: str) -> bool:
    """Whether an advice names the subject, or points back at a sentence that does."""
    if names(said[place], subject):
        return True
    return place > 0 and names(said[place - 1], subject) and _POINTS_BACK.search(said[place]) is not None


def _wrong_way(sentence: str, subject: str) -> bool:
    name = name_pattern(subject)
    return any(re.search(rule.replace("{name}", name), sentence, re.IGNORECASE) for rule in _WRONG_WAY)


def _brings_something(said: list[str], place: int) -> bool:
    """Whether the advice says what it saves, or the line after it does, which is about nothing else."""
    after = said[place + 1 : place + 2]
    told = [said[place], *(line for line in after if not models_in(line) and not _ACTION.search(line))]
    return any(
        figure.metric == "monthly_saving" and figure.unit and not figure.denied and figure.value > 0
        for line in told
        for figure in stated_figures(line)
    )

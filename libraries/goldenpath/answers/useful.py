"""Whether an answer is about the question, and says what to do."""

import re
from collections import Counter

from goldenpath.answers.answer import Answer, Question
from goldenpath.answers.figures import stated_figures
from goldenpath.answers.words import denies, models_in, months_in, names, plain, sentences

_ACTION = re.compile(
    r"\b(?:mov(?:e|ing)|switch\w*|migrat\w+|replac\w+|shift\w*|rout(?:e|ing)|send(?:ing)?|us(?:e|ing)|cach\w+|batch\w*"
    r"|limit\w*|cap|reduc\w+|downgrad\w+|consolidat\w+|renegotiat\w+|set(?:ting)?|try|trim\w*|cut(?:ting)?|chang(?:e|ing))\b",
    re.IGNORECASE,
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
    advice = [said for said in sentences(answer.text) if _ACTION.search(said) and not denies(said)]
    if not advice:
        return [*problems, "it says nothing that could be done"]
    subject = [said for said in advice if names(said, question.subject)]
    if not subject:
        return [*problems, f"what it says to do is not about {question.subject}"]
    brings = [figure for said in subject for figure in stated_figures(said) if figure.metric == "monthly_saving"]
    if not [figure for figure in brings if figure.unit and not figure.denied and figure.value > 0]:
        problems.append("it does not say what the action brings")
    return problems

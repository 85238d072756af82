"""Whether answers agree with each other: paraphrases of one question, and the turns of one thread."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from goldenpath.answers.answer import Answer, Fact
from goldenpath.answers.figures import Stated, stated_figures
from goldenpath.answers.words import months_in


def disagreements(answers: Sequence[Answer]) -> list[str]:
    """Compare answers to paraphrases of one question.

    Args:
        answers: Two or more; the first is what the others are held against.

    Returns:
        Where they differ in facts, one phrase each; wording, order and what else they mention do not count.
    """
    first, problems = answers[0], []
    for number, other in enumerate(answers[1:], 2):
        mine, theirs = _told(first), _told(other)
        common = mine.keys() & theirs.keys()
        if not common:
            problems.append(f"answer {number} states none of the figures of answer 1")
        problems += [
            f"{metric}: {_list(mine[metric])} in answer 1, {_list(theirs[metric])} in {number}"
            for metric in sorted(common)
            if not _meet(mine[metric], theirs[metric])
        ]
        problems += _other_units(stated_figures(first.text), stated_figures(other.text), number)
        if months_in(first.text) != months_in(other.text):
            problems.append(f"answers 1 and {number} name different months")
        problems += [
            f"{name}: {ours!r} in answer 1, {its!r} in {number}"
            for name, ours, its in _structured(first, other)
            if ours != its
        ]
    return problems


def forgotten(answer: Answer, planted: Sequence[Fact]) -> list[str]:
    """Look for what was said earlier in a thread and does not come back.

    Args:
        answer: A later answer of the thread.
        planted: What the user said, for example their budget.

    Returns:
        One phrase for each that is missing, denied, or came back as another figure.
    """
    stated = stated_figures(answer.text)
    problems = []
    for fact in planted:
        same = [figure for figure in stated if figure.unit == fact.unit and figure.is_figure_of(fact.value)]
        if not [figure for figure in same if not figure.denied and figure.metric in {fact.metric, ""}]:
            problems.append(f"it does not take up {fact.metric} = {fact.value:,} {fact.unit}")
    return problems


def carried_over(answer: Answer, planted_elsewhere: Sequence[Fact]) -> list[str]:
    """Look for what was said in another thread, by this user or another.

    Args:
        answer: An answer.
        planted_elsewhere: What was said in the other thread only.

    Returns:
        One phrase for each that stands in the answer.
    """
    stated = stated_figures(answer.text)
    return [
        f"it takes up {fact.metric} = {fact.value:,} {fact.unit}, which was said in another thread"
        for fact in planted_elsewhere
        if any(figure.is_figure_of(fact.value) for figure in stated)
    ]


def _other_units(mine: list[Stated], theirs: list[Stated], number: int) -> list[str]:
    """Look for one value with two units: 7,889 requests in one answer, 7,889 tokens in the other."""
    units = {figure.value: figure.unit for figure in mine if figure.unit}
    return [
        f"{figure} in answer {number} is {units[figure.value]} in answer 1"
        for figure in theirs
        if figure.unit and units.get(figure.value, figure.unit) != figure.unit
    ]


def _told(answer: Answer) -> dict[str, list[Stated]]:
    told: dict[str, list[Stated]] = {}
    for figure in stated_figures(answer.text):
        if figure.metric and figure.unit != "%" and not figure.per:
            told.setdefault(figure.metric, []).append(figure)
    return told


def _meet(mine: list[Stated], theirs: list[Stated]) -> bool:
    """Whether one set of figures holds the other: an answer may break down what the other sums up."""

    def inside(some: list[Stated], others: list[Stated]) -> bool:
        return all(
            any(
                (one.is_figure_of(other.value) or other.is_figure_of(one.value))
                and one.unit == other.unit
                and one.denied == other.denied
                for other in others
            )
            for one in some
        )

    return inside(mine, theirs) or inside(theirs, mine)


def _structured(first: Answer, other: Answer) -> list[tuple[str, Any, Any]]:
    compared: list[tuple[str, Any, Any]] = []
    if first.findings and other.findings:
        mine, theirs = _values(first), _values(other)
        compared += [(metric, mine[metric], theirs[metric]) for metric in sorted(mine.keys() & theirs.keys())]
    if first.period and other.period:
        compared.append(("period", dict(first.period), dict(other.period)))
    if first.recommendations or other.recommendations:
        compared.append(("recommendations", _advice(first), _advice(other)))
    return compared


def _values(answer: Answer) -> dict[str, Decimal]:
    return {str(finding["metric"]): Decimal(str(finding["value"])) for finding in answer.findings}


def _advice(answer: Answer) -> list[tuple[str, str, str]]:
    keys = ("model_from", "model_to", "monthly_saving")
    return sorted((str(a.get(keys[0])), str(a.get(keys[1])), str(a.get(keys[2]))) for a in answer.recommendations)


def _list(figures: list[Stated]) -> str:
    return " and ".join(str(figure) for figure in figures)

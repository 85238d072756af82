"""Whether what an answer says in figures is so, and comes from somewhere."""

from decimal import Decimal

from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.figures import Stated, numbers_in, stated_figures
from goldenpath.history.figures import holds

# A small number without a unit counts something ("2 models"); it is held against what there is to count.
_MOST_COUNTED = 12


def ungrounded(answer: Answer, question: Question) -> list[str]:
    """Hold an answer's figures against the truth and against their source.

    Args:
        answer: The answer.
        question: With the facts that a right answer states.

    Returns:
        What is wrong, one phrase each; empty when every fact is stated and every figure has a source.
    """
    stated = stated_figures(answer.text)
    problems = [problem for fact in question.facts if (problem := _missing(fact, stated))]
    problems += _untraced(answer)
    sources = _sources(answer, question)
    for figure in stated:
        if figure.denied and figure.value:
            problems.append(f"it denies {figure}: “{figure.clause}”")
        elif not _has_source(figure, sources, answer):
            problems.append(f"{figure} comes from nowhere: “{figure.clause}”")
    return problems


def _missing(fact: Fact, stated: list[Stated]) -> str:
    """Say why a fact is not stated; empty if it is."""
    told = f"{fact.value:,} {fact.unit} ({fact.metric})"
    same = [figure for figure in stated if figure.is_figure_of(fact.value)]
    if not same:
        return f"it does not state {told}"
    right_unit = [figure for figure in same if figure.unit == fact.unit]
    if not right_unit:
        return f"it states {told} as {same[0]}"
    if all(figure.denied for figure in right_unit):
        return f"it denies {told}"
    if not any(figure.metric == fact.metric for figure in right_unit):
        return f"it states {told} as a figure of something else: “{right_unit[0].clause}”"
    return ""


def _untraced(answer: Answer) -> list[str]:
    """Look for findings that no tool call of the run gave."""
    problems = []
    for finding in answer.findings:
        told = f"the finding {finding.get('metric')} = {finding.get('value')}"
        call = str(finding.get("source_tool_call_id"))
        if call not in answer.tool_results:
            problems.append(f"{told} names no tool call of its run as its source")
        elif not holds(answer.tool_results[call], Decimal(str(finding.get("value")))):
            problems.append(f"{told} is not in the result of the tool call that it names")
    return problems


def _sources(answer: Answer, question: Question) -> list[tuple[Decimal, str]]:
    """Collect what a figure may come from, with its unit where that is known."""
    known = [(fact.value, fact.unit) for fact in question.facts]
    known += [(figure.value, figure.unit) for figure in stated_figures(question.words())]
    known += [(Decimal(str(finding["value"])), str(finding.get("unit") or "")) for finding in answer.findings]
    savings = [Decimal(str(advice["monthly_saving"])) for advice in answer.recommendations]
    known += [(saving, "USD") for saving in [*savings, sum(savings, Decimal(0))]]
    return known + [(number, "") for result in answer.tool_results.values() for number in numbers_in(result)]


def _has_source(figure: Stated, sources: list[tuple[Decimal, str]], answer: Answer) -> bool:
    if not figure.unit and figure.value <= _MOST_COUNTED and figure.value == int(figure.value):
        return True
    matching = [unit for value, unit in sources if figure.is_figure_of(abs(value)) or figure.is_figure_of(value)]
    if not matching:
        return False
    named = {unit for unit in matching if unit}
    # A unit that a source names is held against; a tool's bare number is known only by its value.
    return not named or not figure.unit or figure.unit in named

"""Whether what an answer says in figures is so, and comes from somewhere.

What this cannot tell: lines of a breakdown interchanged, or months in a comparison, while the asked fact itself is
right: a tool's rows and a `Fact` do not say in one form what they are about.
"""

from decimal import Decimal

from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.derived import follows, known_figures, savings
from goldenpath.answers.figures import Stated, numbers_in, stated_figures
from goldenpath.answers.metrics import METRIC_UNITS
from goldenpath.answers.words import MODEL, models_in, names
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
    problems = [problem for fact in question.facts if (problem := _missing(fact, stated, question.subject))]
    problems += _untraced(answer)
    sources, known = _sources(answer, question), known_figures(answer, question)
    for figure in stated:
        if figure.denied and figure.value:
            problems.append(f"it denies {figure}: “{figure.clause}”")
        elif follows(figure, known):
            continue
        elif not _has_source(figure, sources):
            problems.append(f"{figure} comes from nowhere: “{figure.clause}”")
        elif problem := _misused(figure, answer, question):
            problems.append(problem)
    return problems


def _missing(fact: Fact, stated: list[Stated], subject: str) -> str:
    """Say why a fact is not stated; empty if it is."""
    told = f"{fact.value:,} {fact.unit} ({fact.metric})"
    same = [figure for figure in stated if figure.is_figure_of(fact.value)]
    if not same:
        return f"it does not state {told}"
    right_unit = [figure for figure in same if figure.unit == fact.unit]
    if not right_unit:
        return f"it states {told} as {same[0]}"
    # "No usage: 0.00 USD" denies no figure.
    meant = [figure for figure in right_unit if not figure.denied or not fact.value]
    if not meant:
        return f"it denies {told}"
    if all(figure.bound for figure in meant):
        return f"it states {told} only as a bound: “{meant[0].clause}”"
    if not any(_is_of(figure, fact, subject) for figure in meant if not figure.bound):
        return f"it states {told} as a figure of something else: “{meant[0].clause}”"
    return ""


def _is_of(figure: Stated, fact: Fact, subject: str) -> bool:
    if figure.metric != fact.metric or figure.per:
        return False
    # "gpt-4o cost 5 USD; o3-mini cost 7 USD": each clause is about the model that it names.
    return not (MODEL.match(subject) and models_in(figure.clause) and not names(figure.clause, subject))


def _misused(figure: Stated, answer: Answer, question: Question) -> str:
    """Say that a figure is told as another than all that it is known to be; empty if it is not."""
    if not figure.metric or not figure.value:
        return ""
    named = [(fact.metric, fact.value) for fact in question.facts]
    named += [(str(finding["metric"]), Decimal(str(finding["value"]))) for finding in answer.findings]
    named += [("monthly_saving", saving) for saving in savings(answer)]
    known = {metric for metric, value in named if figure.is_figure_of(value)}
    if known and known <= METRIC_UNITS.keys() and figure.metric not in known:
        return f"{figure} is told as {figure.metric} and is {' and '.join(sorted(known))}: “{figure.clause}”"
    if known and figure.per:
        return f"{figure} is told for each {figure.per} and is for the whole period: “{figure.clause}”"
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
    known += [(saving, "USD") for saving in savings(answer)]
    return known + [(number, "") for result in answer.tool_results.values() for number in numbers_in(result)]


def _has_source(figure: Stated, sources: list[tuple[Decimal, str]]) -> bool:
    if not figure.unit and figure.value <= _MOST_COUNTED and figure.value == int(figure.value):
        return True
    matching = [unit for value, unit in sources if figure.is_figure_of(abs(value)) or figure.is_figure_of(value)]
    if not matching:
        return False
    named = {unit for unit in matching if unit}
    # A unit that a source names is held against; a tool's bare number is known only by its value.
    return not named or not figure.unit or figure.unit in named

"""Figures that follow from others: a year's saving, a share, what is left of a budget, a daily average."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from goldenpath.answers.answer import Answer, Question
from goldenpath.answers.figures import Stated, stated_figures
from goldenpath.answers.metrics import METRIC_UNITS

_DAYS = (28, 29, 30, 31)
Known = dict[str, set[Decimal]]


def known_figures(answer: Answer, question: Question) -> Known:
    """Collect what is known by name, from the question, its facts, and what the run's tools gave.

    Args:
        answer: With findings, recommendations and tool results.
        question: With its facts.

    Returns:
        The values of each metric.
    """
    known: Known = {}
    named: list[tuple[str, Decimal]] = [(fact.metric, fact.value) for fact in question.facts]
    named += [(figure.metric, figure.value) for figure in stated_figures(question.words())]
    named += [(str(finding["metric"]), Decimal(str(finding["value"]))) for finding in answer.findings]
    named += [("monthly_saving", saving) for saving in savings(answer)]
    for result in answer.tool_results.values():
        named += _of_result(result)
    for metric, value in named:
        if metric in METRIC_UNITS:
            known.setdefault(metric, set()).add(value)
    return known


def savings(answer: Answer) -> list[Decimal]:
    """Give what an answer's recommendations save, one by one and together."""
    each = [Decimal(str(advice["monthly_saving"])) for advice in answer.recommendations]
    return [*each, sum(each, Decimal(0))]


def follows(figure: Stated, known: Mapping[str, Iterable[Decimal]]) -> bool:
    """Tell whether a figure follows from known ones, in the way that its words say.

    Args:
        figure: A figure in prose.
        known: The known values by metric.

    Returns:
        Whether it is one of the sums and shares that answers usually give.
    """
    return any(figure.is_figure_of(value) for value in _candidates(figure, known))


def _candidates(figure: Stated, known: Mapping[str, Iterable[Decimal]]) -> list[Decimal]:
    def of(metric: str) -> list[Decimal]:
        return list(known.get(metric, ()))

    costs, saved, budgets, counts = of("total_cost"), of("monthly_saving"), of("monthly_budget"), of("total_requests")
    found: list[Decimal] = []
    match (figure.metric, figure.unit, figure.per):
        case (("monthly_saving" | "total_cost"), "%", _):
            found = [save * 100 / cost for save in saved for cost in costs if cost]
        case ("monthly_budget", "%", _):
            found = [cost * 100 / budget for cost in costs for budget in budgets if budget]
        case ("monthly_saving" | "total_cost", "USD", "year"):
            found = [12 * value for value in of(figure.metric)]
        case ("total_cost" | "total_requests", _, "day"):
            found = [value / days for value in of(figure.metric) for days in _DAYS]
        case ("total_cost", "USD", "request"):
            found = [cost / count for cost in costs for count in counts if count]
        case ("total_cost", "USD", ""):
            found = [cost - save for cost in costs for save in saved]
        case ("budget_left", "USD", ""):
            over = any(word in figure.clause.lower() for word in ("exceed", "over "))
            found = [cost - budget if over else budget - cost for cost in costs for budget in budgets]
        case (_, "tokens" | "", ""):
            found = [read + written for read in of("input_tokens") for written in of("output_tokens")]
    return found


def _of_result(result: Any) -> list[tuple[str, Decimal]]:
    """The figures that a tool's result names itself; not those of its rows, which are about parts."""
    if not isinstance(result, dict):
        return []
    numbers = (int, float, str)
    return [
        (name, Decimal(str(value)))
        for name, value in result.items()
        if name in METRIC_UNITS and isinstance(value, numbers) and str(value).replace(".", "", 1).lstrip("-").isdigit()
    ]

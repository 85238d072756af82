"""Judges the judges: each oracle on good answers and on bad ones of every kind that it claims to reject."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from goldenpath.answers import spoilers
from goldenpath.answers.agreement import carried_over, disagreements, forgotten
from goldenpath.answers.answer import Fact
from goldenpath.answers.grounded import ungrounded
from goldenpath.answers.kinds import Kind, kind_of
from goldenpath.answers.samples import Case, make_case, said_again
from goldenpath.answers.spoilers import Spoiler
from goldenpath.answers.useful import not_actionable, off_topic

MOST_FALSE_REJECTS = 0.05
# A spoiler may not fit a wording; another case is drawn, but not for ever.
_TRIES = 40

Oracle = Callable[[Case, Case], list[str]]


@dataclass(frozen=True, slots=True)
class Judge:
    """An oracle with the kinds of bad answers that it claims to reject.

    Args:
        oracle: Gets the untouched case and the one to judge; gives what is wrong.
        rejects: The kinds, each with what makes one of a good case.
    """

    oracle: Oracle
    rejects: Mapping[str, Spoiler]


@dataclass
class Matrix:
    """What an oracle did.

    Attributes:
        accepted: Good answers accepted.
        false_rejects: Good answers rejected, with why.
        rejected: Bad answers rejected, by kind.
        false_accepts: Bad answers accepted: kind and text.
    """

    accepted: int = 0
    false_rejects: list[str] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    false_accepts: list[tuple[str, str]] = field(default_factory=list)

    def good(self) -> int:
        """How many good answers were judged."""
        return self.accepted + len(self.false_rejects)

    def trustworthy(self) -> bool:
        """Whether no bad answer was accepted, at most one in twenty good ones rejected, and every kind was judged."""
        judged = self.good() > 0 and all(self.rejected.values())
        return judged and not self.false_accepts and len(self.false_rejects) <= MOST_FALSE_REJECTS * self.good()


_NO_ANSWER: dict[str, Spoiler] = {
    "echo of the question": spoilers.echo,
    "filler": spoilers.filler,
    "canned success": spoilers.canned,
    "refusal": spoilers.refused,
}
_WRONG_FIGURE: dict[str, Spoiler] = {
    "figure ± 1 %": spoilers.figure_changed,
    "unit swapped": spoilers.unit_swapped,
    "currency swapped": spoilers.currency_swapped,
    "another user's figure": spoilers.foreign_figure,
    "negation": spoilers.negated,
}


def _budget_of(case: Case) -> Fact:
    """A budget that a user might have named earlier in the thread."""
    return Fact("monthly_budget", Decimal(1000 + int(case.figures["total_requests"].value) % 9000), "USD")


def with_budget(case: Case, budget: Fact) -> Case:
    """Let the answer take a budget up."""
    text = f"{case.answer.text} Monthly budget: {budget.value:,.2f} USD."
    return replace(case, answer=replace(case.answer, text=text))


def _budget_dropped(case: Case, _: random.Random) -> Case:
    return case


def _budget_changed(case: Case, chance: random.Random) -> Case:
    budget = _budget_of(case)
    factor = Decimal("1.01") if chance.random() < 0.5 else Decimal("0.99")
    return with_budget(case, Fact(budget.metric, budget.value * factor, budget.unit))


def _budget_denied(case: Case, _: random.Random) -> Case:
    text = f"{case.answer.text} You have no budget of {_budget_of(case).value:,.2f} USD."
    return replace(case, answer=replace(case.answer, text=text))


def _takes_budget_up(case: Case, _: random.Random) -> Case:
    return with_budget(case, _budget_of(case))


def _month_of_another(case: Case, chance: random.Random) -> Case:
    return spoilers.period_replaced(case, chance)


# The good answers of these are made from the case by another way than speaking again.
_GOOD: dict[str, Spoiler] = {
    "context kept": _takes_budget_up,
    "refusals recognised": spoilers.refused,
    "degraded recognised": spoilers.degraded,
}

JUDGES: dict[str, Judge] = {
    "grounded": Judge(
        lambda case, given: ungrounded(given.answer, case.question),
        {
            **_WRONG_FIGURE,
            "hedged": spoilers.hedged,
            "taken back": spoilers.taken_back,
            "figures interchanged": spoilers.figures_interchanged,
            "month told as another time": spoilers.month_stretched,
            "figures without source": spoilers.unsourced,
            "finding without source": spoilers.untraced_finding,
            **_NO_ANSWER,
        },
    ),
    "on topic": Judge(
        lambda case, given: off_topic(given.answer, case.question),
        {
            "subject replaced": spoilers.subject_replaced,
            "period replaced": spoilers.period_replaced,
            "year replaced": spoilers.year_replaced,
            "diluted": spoilers.diluted,
            "tools and prompts show through": spoilers.machine_talk,
            **_NO_ANSWER,
        },
    ),
    "actionable": Judge(
        lambda case, given: not_actionable(given.answer, case.question),
        {
            "advice dropped": spoilers.advice_dropped,
            "advice negated": spoilers.advice_negated,
            "advice without figure": spoilers.advice_vague,
            "advice on another subject": spoilers.advice_elsewhere,
            "advice turned round": spoilers.advice_turned_round,
            **_NO_ANSWER,
        },
    ),
    "consistent": Judge(
        lambda case, given: disagreements([case.answer, given.answer]),
        {**_WRONG_FIGURE, "period replaced": _month_of_another, **_NO_ANSWER},
    ),
    "context kept": Judge(
        lambda case, given: forgotten(given.answer, [_budget_of(case)]),
        {
            "planted fact missing": _budget_dropped,
            "planted fact ± 1 %": _budget_changed,
            "planted fact denied": _budget_denied,
        },
    ),
    "own thread only": Judge(
        lambda case, given: carried_over(given.answer, [_budget_of(case)]),
        {"fact of another thread": _takes_budget_up},
    ),
    "real answers recognised": Judge(
        lambda _, given: [] if kind_of(given.answer) is Kind.ANSWER else [kind_of(given.answer)],
        {**_NO_ANSWER, "degraded": spoilers.degraded},
    ),
    "refusals recognised": Judge(
        lambda _, given: [] if kind_of(given.answer) is Kind.REFUSAL else [kind_of(given.answer)],
        {
            "real answer": said_again,
            "canned success": spoilers.canned,
            "filler": spoilers.filler,
            "degraded": spoilers.degraded,
        },
    ),
    "degraded recognised": Judge(
        lambda _, given: [] if kind_of(given.answer) is Kind.DEGRADED else [kind_of(given.answer)],
        {"real answer": said_again, "canned success": spoilers.canned, "refusal": spoilers.refused},
    ),
}


def confusion(name: str, seed: str, cases: int) -> Matrix:
    """Judge one oracle.

    Args:
        name: Its name in `JUDGES`.
        seed: Settles every answer; another seed gives others.
        cases: How many good answers, and how many bad ones of each kind.

    Returns:
        What it did.
    """
    judge, matrix = JUDGES[name], Matrix()
    chance = random.Random(f"{seed} {name}")  # noqa: S311 - repeatable is what it must be
    for _ in range(cases):
        case = make_case(chance)
        good = _GOOD.get(name, said_again)(case, chance)
        problems = judge.oracle(case, good) if good else ["no good answer could be made"]
        if problems:
            matrix.false_rejects.append(f"{problems[0]} — {good.answer.text if good else ''}")
        else:
            matrix.accepted += 1
    for kind, spoil in judge.rejects.items():
        matrix.rejected[kind] = 0
        for _ in range(cases):
            case, bad = _spoiled(spoil, chance)
            if judge.oracle(case, bad):
                matrix.rejected[kind] += 1
            else:
                matrix.false_accepts.append((kind, bad.answer.text))
    return matrix


def _spoiled(spoil: Spoiler, chance: random.Random) -> tuple[Case, Case]:
    for _ in range(_TRIES):
        case = make_case(chance)
        bad = spoil(case, chance)
        if bad is not None:
            return case, bad
    raise AssertionError(f"{spoil.__name__} fits none of {_TRIES} answers")

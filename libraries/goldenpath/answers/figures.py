"""Reads figures out of prose: value, unit, what it is a figure of, for how long, and whether it is meant."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from goldenpath.answers.denial import clauses, denies, takes_back
from goldenpath.answers.metrics import (
    METRIC_UNITS,
    is_money,
    metric_by_unit,
    metric_named,
    metric_pointed_at,
    names_another,
)
from goldenpath.answers.words import MODEL, MONTHS, sentences

__all__ = ["METRIC_UNITS", "Stated", "numbers_in", "stated_figures"]

_UNITS = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "¥": "JPY",
    "ms": "ms", "millisecond": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "minutes": "min", "hours": "h", "tokens": "tokens", "token": "tokens", "requests": "requests",
    "request": "requests", "calls": "requests", "%": "%", "percent": "%", "cents": "cents",
}  # fmt: skip
# What a unit is in the one that facts are told in.
_CONVERTED = {"s": ("ms", Decimal(1000)), "cents": ("USD", Decimal("0.01"))}
_TIMES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9}
_FIGURE = re.compile(
    r"(?<![\w.,-])(?P<early>[-−])?(?P<before>us\$|[$€£¥]|(?:usd|eur|gbp)\s)?\s?(?P<sign>[-−])?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<times>k|thousand|million|billion|bn|m)\b)?"
    r"(?:\s?(?P<after>us dollars|(?:input |output |total )?(?:tokens?|requests?)|[$€£%]|[a-z]{1,12})(?![\w-]))?"
    r"(?!\w|,\d|\.\d)",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s(?:(?:to|until|[-–])\s?\d{{1,2}}(?:st|nd|rd|th)?\s)?(?:of\s)?)?"
    rf"(?:{'|'.join(month[:3] for month in MONTHS)})[a-z]{{0,6}}\.?,?\s(?:of\s)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?(?:\s?(?:to|[-–])\s?\d{1,2})?,?\s)?(?:20\d\d)?"
    r"|(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)|\b(?:in|of|year|during)\s20\d\d\b",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s+", re.MULTILINE)
_DOLLARS_AND_CENTS = re.compile(r"(?P<dollars>\d[\d,]*) dollars and (?P<cents>\d\d?) cents", re.IGNORECASE)
# It says of a figure only on which side of it the truth is.
_BOUND = re.compile(
    r"\b(?:(?:less|more|fewer|greater|higher|lower) than|under|over|above|below|beyond|at (?:least|most)|up to|twice"
    r"|double|half|triple|times|rather than|instead of|nowhere near|between)(?: (?:of|the|about|a total of))?\s*$",
    re.IGNORECASE,
)
# "5 USD thousand" is some other amount.
_TIMES_BEHIND = re.compile(r"^\s*(?:thousand|million|billion)\b", re.IGNORECASE)
_ROUGHLY = re.compile(
    r"\b(?:roughly|about|around|approximately|some|almost|nearly|circa|ca\.)\s*$|[~≈]\s*$", re.IGNORECASE
)
_PER_AFTER = re.compile(
    r"^\W{0,3}(?:(?:(?:is|are|can be|would be) )?(?:on average|in total|more|less|saved)\s)?"
    r"(?:an?\s(?P<time>year|quarter|week|day|hour|request|call|token)"
    r"|(?:per|each|every|/)\s*(?!month|of\b|time)(?P<per>[a-z]+))\b|^\W{0,3}(?P<adverb>yearly|annually|weekly|daily|hourly)\b"
    r"|^\W{0,3}(?:in|over) \w+ (?P<many>years|quarters|weeks|days)\b",
    re.IGNORECASE,
)
_PER_BEFORE = re.compile(
    r"\b(?P<adverb>yearly|annual(?:ly)?|weekly|daily|hourly)\b|\b(?:each|every|(?<=[a-z] )per|(?<=[a-z] )a)\s"
    r"(?P<per>year|quarter|week|day|hour|request|call|token)\b",
    re.IGNORECASE,
)
_PER = {"yearly": "year", "annual": "year", "annually": "year", "weekly": "week", "daily": "day", "hourly": "hour",
    "call": "request"}  # fmt: skip
_EXCEEDED = re.compile(r"\bexceed\w*\b.*\bby\s*$", re.IGNORECASE)
_POINTS_BACK = re.compile(r"^(?:that|this|it)(?: is|['’]s| was)\b", re.IGNORECASE)
_CALLED = re.compile(r"\b(?:called|invoked|queried|asked)\b", re.IGNORECASE)
# What is rounded keeps two digits, so that "roughly 200" is no statement of 234.
_COARSEST = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure in prose.

    Args:
        value: As it is written, in the unit that facts are told in.
        unit: ``USD``, ``tokens``, ``ms`` …; empty when the text names none.
        metric: What it is a figure of, as the words around it say; empty when they do not.
        denied: Whether its words say that it is not so.
        clause: The words around it.
        step: The place to which it is written: ``1.2 million`` stands for a range of a hundred thousand.
        bound: Whether it is only said on which side of it the truth is ("less than 5 USD", "twice 5 USD").
        per: ``year``, ``day``, ``request`` …; empty for the month or period that was asked about.
    """

    value: Decimal
    unit: str
    metric: str
    denied: bool
    clause: str
    step: Decimal = Decimal(1)
    bound: bool = False
    per: str = ""

    def is_figure_of(self, value: Decimal) -> bool:
        """Tell whether this figure states a value, which may carry more places than are written."""
        return abs(self.value - value) <= self.step / 2

    def __str__(self) -> str:
        return f"{self.value:,}{' ' + self.unit if self.unit else ''}"


def stated_figures(text: str) -> list[Stated]:
    """Read all figures of a text; digits in dates, in names of models and before list items are none.

    Args:
        text: What an answer says.

    Returns:
        The figures, in the order of the text.
    """
    text = _DOLLARS_AND_CENTS.sub(lambda match: f"{match['dollars']}.{match['cents']:0>2} USD", text)
    text = re.sub(r"\bU\.S\.\s", "US ", _LIST_NUMBER.sub("", text))
    found: list[Stated] = []
    said = sentences(text)
    for place, sentence in enumerate(said):
        after = said[place + 1] if place + 1 < len(said) else ""
        # "The cost? 5 USD." and "5 USD. That is what it cost."
        context = [said[place - 1]] if place and said[place - 1].endswith(("?", ":")) else []
        explained = _POINTS_BACK.search(after) is not None and not _in_sentence(after, [])
        context += [after] if explained else []
        figures = _in_sentence(sentence, context)
        found += (
            [replace(figure, denied=True) for figure in figures]
            if takes_back(after) or (explained and denies(after))
            else figures
        )
    return found


def _in_sentence(sentence: str, context: list[str]) -> list[Stated]:
    found: list[Stated] = []
    before = ""
    for clause, denied in clauses(sentence):
        found += _in_clause(clause, [before, *context], denied)
        before = f"{before} {clause}"
    return found


def _in_clause(clause: str, context: list[str], denied: bool) -> list[Stated]:
    masked = _DATE.sub(lambda match: " " * len(match.group()), clause)
    masked = MODEL.sub(lambda match: " " * len(match.group()), masked)
    found = []
    before = 0
    matches = list(_FIGURE.finditer(masked))
    for match, following in zip_longest(matches, matches[1:]):
        lead = clause[before : match.start()]
        tail = clause[match.end() : following.start() if following else len(clause)]
        unit = _unit(match, lead, clause)
        value, step = _value(match, lead)
        if unit in _CONVERTED:
            unit, factor = _CONVERTED[unit]
            value, step = value * factor, step * factor
        beside = _beside(match, unit)
        if _EXCEEDED.search(clause[: match.start()]):
            lead = "exceeded by "
        metric = metric_pointed_at(f"{beside}{tail}", unit) or metric_named(f"{lead} {beside}", tail, unit)
        for words in (clause[: match.start()], *context):
            metric = metric or metric_named(words, "", unit)
        found.append(
            Stated(
                value,
                unit,
                "" if names_another(clause) else metric or (metric_by_unit(unit) if _bare(lead, unit) else ""),
                denied,
                clause.strip(),
                step,
                (_BOUND.search(lead) or _TIMES_BEHIND.search(tail)) is not None,
                _per(lead if before == 0 else re.sub(r"^\W*\w+ \w+", "", lead), f"{beside}{tail}"),
            )
        )
        before = match.end()
    return found


def _bare(lead: str, unit: str) -> bool:
    """Whether only names and marks stand before a figure; money needs that to be taken for a cost."""
    if not is_money(unit):
        return True
    words = re.findall(r"[a-z]{2,}", _DATE.sub(" ", MODEL.sub(" ", f"{lead} ")).lower())
    return not set(words) - {"in", "for", "on", "with", "at", "followed", "by", "and", "total"}


def _value(match: re.Match[str], lead: str) -> tuple[Decimal, Decimal]:
    """The figure, and the place to which it is written."""
    times = _TIMES.get((match["times"] or "").lower(), 1)
    written = Decimal(match["number"].replace(",", ""))
    value, step = written * times, Decimal(1).scaleb(_exponent(written)) * times
    if _ROUGHLY.search(lead):
        step = max(step, min(Decimal(1).scaleb(_exponent(value.normalize())), value * _COARSEST))
    return value * (-1 if match["sign"] or match["early"] else 1), step


def _beside(match: re.Match[str], unit: str) -> str:
    """What stands directly behind the number, unless it is a currency: that says nothing about its meaning."""
    return "" if is_money(unit) and (match["after"] or "").lower().split(" ")[-1] in _UNITS else match["after"] or ""


def _unit(match: re.Match[str], lead: str, clause: str) -> str:
    # Behind comes first: "$5 EUR" is no amount in dollars.
    for written in (match["after"], match["before"]):
        word = (written or "").strip().lower().split(" ")[-1]
        if word in _UNITS:
            return _UNITS[word]
        if word == "times" and _CALLED.search(clause):
            return "requests"
    # "Input tokens: 12,345" names it before the figure; of "13,000 tokens, 5 USD in total" nothing is left over.
    known = [_UNITS[word] for word in re.findall(r"[a-z]+", lead.lower()) if word in _UNITS and len(word) > 1]
    return known[-1] if known else ""


def _per(lead: str, tail: str) -> str:
    match = _PER_AFTER.search(tail) or _PER_BEFORE.search(lead)
    if not match:
        return ""
    word = next(group for group in match.groups() if group).lower()
    return _PER.get(word, word)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def numbers_in(json_value: Any) -> list[Decimal]:
    """Collect every number of a JSON value, at whatever depth.

    Args:
        json_value: What a tool gave; numbers may be written as texts (``"12.50"``).

    Returns:
        The numbers.
    """
    if isinstance(json_value, dict):
        return [number for inner in json_value.values() for number in numbers_in(inner)]
    if isinstance(json_value, list):
        return [number for inner in json_value for number in numbers_in(inner)]
    if isinstance(json_value, bool) or json_value is None:
        return []
    if isinstance(json_value, int | float):
        return [Decimal(str(json_value))]
    return [Decimal(json_value)] if re.fullmatch(r"-?\d+(?:\.\d+)?", str(json_value)) else []

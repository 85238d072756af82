"""Reads figures out of prose: value, unit, what it is a figure of, and whether it is denied."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from goldenpath.answers.words import MODEL, MONTHS, clauses, denies, sentences

_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "us dollars": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "¥": "JPY",
}  # fmt: skip
_UNITS = {
    **_CURRENCIES,
    "ms": "ms", "millisecond": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "minutes": "min", "hours": "h", "tokens": "tokens", "token": "tokens", "requests": "requests",
    "request": "requests", "calls": "requests", "%": "%", "percent": "%",
}  # fmt: skip
_TIMES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9}
_FIGURE = re.compile(
    r"(?<![\w.,-])(?P<before>us\$|[$€£¥]|(?:usd|eur|gbp)\s)?\s?(?P<sign>[-−])?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<times>k|thousand|million|billion|bn|m)\b)?"
    r"(?:\s?(?P<after>us dollars|(?:input |output |total )?(?:tokens?|requests?)|[€£%]|[a-z]{1,12})(?![\w-]))?"
    r"(?!\w|,\d|\.\d)",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s(?:(?:to|until|[-–])\s?\d{{1,2}}(?:st|nd|rd|th)?\s)?(?:of\s)?)?"
    rf"(?:{'|'.join(month[:3] for month in MONTHS)})[a-z]{{0,6}}\.?,?\s"
    r"(?:\d{1,2}(?:st|nd|rd|th)?(?:\s?(?:to|[-–])\s?\d{1,2})?,?\s)?(?:20\d\d)?"
    r"|(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)|\b(?:in|of|year|during)\s20\d\d\b",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s+", re.MULTILINE)

# What a figure is a figure of, by the words of its clause; the first that fits counts.
METRIC_WORDS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("monthly_saving", "USD", re.compile(r"\bsav(?:e|es|ed|ing|ings)\b|\bcheaper by\b", re.I)),
    ("budget_left", "USD", re.compile(r"\b(?:left|remain\w*|exceed\w*|over budget)\b", re.I)),
    ("monthly_budget", "USD", re.compile(r"\bbudget\b", re.I)),
    (
        "total_cost",
        "USD",
        re.compile(r"\b(?:spen[dt]|spending|cost|costs|bill\w*|paid|pay|charge\w*|amount\w*|total|came to)\b", re.I),
    ),
    ("input_tokens", "tokens", re.compile(r"\b(?:input|prompt)\b", re.I)),
    ("output_tokens", "tokens", re.compile(r"\b(?:output|completion)\b", re.I)),
    ("total_requests", "requests", re.compile(r"\b(?:requests?|calls?)\b", re.I)),
    ("mean_latency", "ms", re.compile(r"\b(?:latenc\w+|response time\w*|took)\b", re.I)),
)  # fmt: skip


# The unit of each of these figures.
METRIC_UNITS = {metric: unit for metric, unit, _ in METRIC_WORDS}


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure in prose.

    Args:
        value: As it is written.
        unit: ``USD``, ``tokens``, ``ms`` …; empty when the text names none.
        metric: What it is a figure of, as the words around it say; empty when they do not.
        denied: Whether its clause says that it is not so.
        clause: The words around it.
        rounded: Whether it was written short (``1.2 million``), so that it stands for a range.
    """

    value: Decimal
    unit: str
    metric: str
    denied: bool
    clause: str
    rounded: bool = False

    def is_figure_of(self, value: Decimal) -> bool:
        """Tell whether this figure states a value, which may carry more places than are written."""
        if self.rounded:
            step = Decimal(1).scaleb(self.value.normalize().as_tuple().exponent)  # type: ignore[arg-type]
            return abs(self.value - value) <= step / 2
        return value.quantize(Decimal(1).scaleb(_exponent(self.value)), ROUND_HALF_UP) == self.value

    def __str__(self) -> str:
        return f"{self.value:,}{' ' + self.unit if self.unit else ''}"


def stated_figures(text: str) -> list[Stated]:
    """Read all figures of a text; digits in dates, in names of models and before list items are none.

    Args:
        text: What an answer says.

    Returns:
        The figures, in the order of the text.
    """
    found: list[Stated] = []
    for sentence in sentences(_LIST_NUMBER.sub("", text)):
        parts = clauses(sentence)
        for place, clause in enumerate(parts):
            # "You did not, in May, spend 5 USD": what came before in the sentence still holds.
            denied = any(denies(part) for part in parts[: place + 1])
            found += _in_clause(clause, sentence, denied)
    return found


def _in_clause(clause: str, sentence: str, denied: bool) -> list[Stated]:
    masked = _DATE.sub(lambda match: " " * len(match.group()), clause)
    masked = MODEL.sub(lambda match: " " * len(match.group()), masked)
    found = []
    before = 0
    for match in _FIGURE.finditer(masked):
        times = _TIMES.get((match["times"] or "").lower(), 1)
        value = Decimal(match["number"].replace(",", "")) * times * (-1 if match["sign"] else 1)
        lead, tail = clause[before : match.start()], clause[match.end() :]
        unit = _unit(match, lead)
        metric = _metric(lead, match["after"] or "", tail, unit) or _metric(sentence, "", "", unit)
        found.append(Stated(value, unit, metric, denied, clause.strip(), times > 1))
        before = match.end()
    return found


def _unit(match: re.Match[str], lead: str) -> str:
    for written in (match["before"], match["after"]):
        word = (written or "").strip().lower().split(" ")[-1]
        if word in _UNITS:
            return _UNITS[word]
    # "Input tokens: 12,345" names it before the figure.
    known = [_UNITS[word] for word in re.findall(r"[a-z]+", lead.lower()) if word in _UNITS and len(word) > 1]
    return known[-1] if known else ""


def _metric(lead: str, after: str, tail: str, unit: str) -> str:
    """Name what a figure is about: by what stands before it, else by what follows."""
    for words in (f"{lead} {after}", tail):
        fits = [
            (found.start(), metric)
            for metric, metric_unit, rule in METRIC_WORDS
            if unit in {metric_unit, ""} or (_is_money(unit) and metric_unit == "USD")
            for found in rule.finditer(words)
        ]
        if fits:
            return max(fits)[1] if words is not tail else min(fits)[1]
    return ""


def _is_money(unit: str) -> bool:
    return unit in _CURRENCIES.values()


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

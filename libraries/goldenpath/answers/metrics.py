"""What a figure is a figure of, by the words around it; words that are not listed here name nothing."""

import re

_MONEY = frozenset({"USD", "EUR", "GBP", "JPY"})
_SAVES = (
    r"sav(?:e|es|ed|ing|ings)|cheaper by|trim\w*|cuts?|cutting|reduc\w+|lower|lowers|shav\w+|knock\w*"
    r"|falls? by|drops? by|brings?|keep|better off"
)

# The nearest word before a figure counts, else the nearest behind it.
METRIC_WORDS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("monthly_saving", "USD", re.compile(rf"\b(?:{_SAVES})\b", re.I)),
    ("budget_left", "USD", re.compile(r"\b(?:left|remain\w*|exceed\w*|over (?:\w+ )?budget)\b", re.I)),
    ("monthly_budget", "USD", re.compile(r"\bbudget\b", re.I)),
    (
        "total_cost",
        "USD",
        re.compile(
            r"\b(?:spen[dt]|spending|costs?(?! by\b)|bill(?! by\b)\w*|paid|pay|charge\w*|amount\w*|total\w*"
            r"|c[ao]mes? to|expens\w+|invoice\w*|accounted for|went on|ran up|set you back|parted with|used up|took)\b",
            re.I,
        ),
    ),
    ("input_tokens", "tokens", re.compile(r"\b(?:input|prompt|read|tokens in)\b", re.I)),
    (
        "output_tokens",
        "tokens",
        re.compile(r"\b(?:output|completion|wrote|written|produced|generated|tokens out)\b", re.I),
    ),
    ("total_requests", "requests", re.compile(r"\b(?:requests?|calls?|called)\b", re.I)),
    ("mean_latency", "ms", re.compile(r"\b(?:latenc\w+|response time\w*|took|answered)\b", re.I)),
)
# Directly behind a figure, these say more than all that stands before it.
_POINTED: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "monthly_saving",
        "USD",
        re.compile(r"^\W*(?:(?:a|per|each|every) month )?(?:less|off|cheaper|saved|better off)\b", re.I),
    ),
    (
        "budget_left",
        "USD",
        re.compile(r"^\W*(?:of (?:it|the budget) )?(?:is |are )?(?:left|remain\w*)\b|^\W*over (?:\w+ )?budget\b", re.I),
    ),
    ("total_cost", "USD", re.compile(r"^\W*of (?:it|(?:your|the)(?: monthly)?(?: budget)?)(?: of)?\W*$", re.I)),
    ("monthly_budget", "USD", re.compile(r"^\W*(?:monthly )?budget\b", re.I)),
    ("input_tokens", "tokens", re.compile(r"^\W*(?:tokens )?(?:of |for )?(?:the )?(?:input|prompt)\b", re.I)),
    ("output_tokens", "tokens", re.compile(r"^\W*(?:tokens )?(?:of |for )?(?:the )?(?:output|completion)\b", re.I)),
)

# The unit of each of these figures.
METRIC_UNITS = {metric: unit for metric, unit, _ in METRIC_WORDS}
# Another figure than the ones that we know, though its unit is the same.
_ANOTHER = re.compile(
    r"\b(?:p\d\d|max\w*|minimum|median|peak|slowest|fastest|worst|best|fail(?:ed|ures?|ing)|reject\w+|errors?|retri\w+"
    r"|refund\w*|earn\w*|revenue|income|credit\w*|profit\w*|fines?|los[est]\w*)\b",
    re.I,
)
# A figure in this unit that no word explains: "gpt-4o: 5 USD" is what it costs.
_BY_UNIT = {"USD": "total_cost", "requests": "total_requests", "ms": "mean_latency"}


def metric_pointed_at(tail: str, unit: str) -> str:
    """Name what a figure is about by the words directly behind it; empty if they do not tell."""
    return next((metric for metric, of, rule in _POINTED if _fits(unit, of) and rule.search(tail)), "")


def metric_named(lead: str, tail: str, unit: str) -> str:
    """Name what a figure is about: by the nearest word before it, else by the nearest that follows.

    Args:
        lead: What stands before the figure.
        tail: What stands behind it.
        unit: The figure's unit; a share (``%``) is named by words about money.

    Returns:
        A name in `METRIC_UNITS`; empty when no word tells.
    """
    for words, nearest in ((lead, max), (tail, min)):
        fits = [
            (found.start(), metric)
            for metric, of, rule in METRIC_WORDS
            if _fits(unit, of)
            for found in rule.finditer(words)
        ]
        if fits:
            return nearest(fits)[1]
    return ""


def metric_by_unit(unit: str) -> str:
    """Name what a figure is about that stands beside a bare name; empty where its unit leaves that open (tokens)."""
    return _BY_UNIT.get(unit, "")


def names_another(clause: str) -> bool:
    """Tell whether a clause is about a figure that has no name here: a maximum, failures, a refund."""
    return _ANOTHER.search(clause) is not None


def is_money(unit: str) -> bool:
    """Tell whether a unit is a currency."""
    return unit in _MONEY


def _fits(unit: str, metric_unit: str) -> bool:
    return unit in {metric_unit, ""} or (metric_unit == "USD" and (is_money(unit) or unit == "%"))

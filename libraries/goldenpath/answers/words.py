"""How an answer's prose is cut into sentences, and which models, months and years it names."""

import re

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = "|".join(["sept", *(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)])
# "May" is a month only with a capital letter: "you may move" is none.
_MONTH = re.compile(rf"(?<![\w-])(?P<name>{_NAMES})\.?(?![\w-])", re.IGNORECASE)
_ISO_MONTH = re.compile(r"(?<!\d)20\d\d-(?P<number>0[1-9]|1[0-2])(?:-\d\d)?(?!\d)")
_TIER = "pro|flash|mini|nano|lite|turbo|sonnet|haiku|opus|large|small|medium|preview|instruct"
MODEL = re.compile(
    r"(?<![\w.-])(?:gpt|claude|gemini|llama|mistral|deepseek|command|o)[- ]?"
    rf"(?:(?:{_TIER})[- ](?=\d)|(?=\d)|[a-z]+-)[\w.-]*\w(?:[ ](?:{_TIER})\b)*",
    re.IGNORECASE,
)
_YEAR = re.compile(
    rf"(?:(?<![\w-])(?:{_NAMES})[a-z]*\.?,?(?: of)?|\b(?:in|of|year|during))\s(?P<year>20\d\d)\b", re.IGNORECASE
)
_ISO_YEAR = re.compile(r"(?<!\d)(?P<year>20\d\d)-\d\d(?!\d)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z]|[a-z]+-[a-z0-9])|\n+")


def sentences(text: str) -> list[str]:
    """Cut prose, lists and tables into statements.

    Args:
        text: What an answer says.

    Returns:
        The statements, without blanks around them.
    """
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def plain(text: str) -> str:
    """Give a name as it is compared: lower case, blanks and hyphens alike."""
    return re.sub(r"[\s_-]+", "-", text.casefold())


def names(text: str, name: str) -> bool:
    """Tell whether a text names something, and not only something whose name begins with it (gpt-4o, gpt-4o-mini)."""
    return not name or re.search(name_pattern(name), text, re.IGNORECASE) is not None


def name_pattern(name: str) -> str:
    """Give what finds a name in prose: blanks may stand for its hyphens, and no longer name is taken for it."""
    written = r"[\s_-]+".join(re.escape(part) for part in plain(name).split("-"))
    return rf"(?<![\w])(?<!\w-){written}(?!\w|-[a-z0-9]|\.\d|\s(?:{_TIER})\b)"


def models_in(text: str) -> set[str]:
    """Find what looks like the name of a language model.

    Args:
        text: Any prose.

    Returns:
        The names, as `plain` gives them.
    """
    return {plain(match.group()) for match in MODEL.finditer(text)}


def months_in(text: str) -> set[int]:
    """Find the months that a text names, in words or as ``2026-05``.

    Args:
        text: Any prose.

    Returns:
        1 for January to 12.
    """
    found = {int(match["number"]) for match in _ISO_MONTH.finditer(text)}
    for match in _MONTH.finditer(text):
        word = match["name"]
        number = next(place for place, month in enumerate(MONTHS, 1) if month.startswith(word.casefold()))
        if word.casefold() not in {"may", "mar", "march"} or word[0].isupper():
            found.add(number)
    return found


def years_in(text: str) -> set[str]:
    """Find the years of the dates that a text names.

    Args:
        text: Any prose.

    Returns:
        For example ``{"2026"}``.
    """
    return {match["year"] for rule in (_YEAR, _ISO_YEAR) for match in rule.finditer(text)}

"""How an answer's prose is cut: sentences, clauses, models, months, and the words that turn a statement around."""

import re

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = "|".join(["sept", *(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)])
# "May" is a month only with a capital letter: "you may move" is none.
_MONTH = re.compile(rf"(?<![\w-])(?P<name>{_NAMES})\.?(?![\w-])", re.IGNORECASE)
_ISO_MONTH = re.compile(r"(?<!\d)20\d\d-(?P<number>0[1-9]|1[0-2])(?:-\d\d)?(?!\d)")
MODEL = re.compile(
    r"(?<![\w.-])(?:gpt|claude|gemini|llama|mistral|deepseek|command|o)[- ]?(?:\d|[a-z]+-)[\w.-]*\w", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|\n+")
_CLAUSE_END = re.compile(r",\s+(?=[a-z])|;\s+|:\s+(?=[a-z])|\s(?:but|whereas|while|although)\s")
_NEGATION = re.compile(r"\b(?:not|never|no|none|neither|nor|without|hardly|nothing|cannot|\w+n['’]t)\b", re.IGNORECASE)
# Words of denial that deny no figure.
_HARMLESS = re.compile(
    r"\b(?:no more than|not only|not more than|not including|no later than|without (?:changing|touching|losing)"
    r"|no cheaper|no other)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Cut prose, lists and tables into statements.

    Args:
        text: What an answer says.

    Returns:
        The statements, without blanks around them.
    """
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def clauses(sentence: str) -> list[str]:
    """Cut a sentence where a new thought begins.

    Args:
        sentence: One statement.

    Returns:
        Its parts, in order.
    """
    return [part for part in _CLAUSE_END.split(sentence) if part.strip()]


def denies(clause: str) -> bool:
    """Tell whether a clause says that something is not so."""
    return _NEGATION.search(_HARMLESS.sub(" ", clause)) is not None


def plain(text: str) -> str:
    """Give a name as it is compared: lower case, blanks and hyphens alike."""
    return re.sub(r"[\s_-]+", "-", text.casefold())


def names(text: str, name: str) -> bool:
    """Tell whether a text names something, and not only something whose name begins with it (gpt-4o, gpt-4o-mini)."""
    if not name:
        return True
    return re.search(rf"(?<![\w]){re.escape(plain(name))}(?![\w]|-[a-z0-9])(?!\.\d)", _for_names(text)) is not None


def _for_names(text: str) -> str:
    # A blank may stand for the hyphen inside a name, but "gpt-4o in" is no name: only digits join on.
    return re.sub(r"(?<=[a-z]) (?=\d)", "-", text.casefold())


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

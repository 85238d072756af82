"""Finds figures: in words, and in what a tool gave."""

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_FIGURE = re.compile(r"\d+(?:\.\d+)?")
# A figure in prose: not a part of a name (gpt-4o, v2), a date or another figure.
_STATED = re.compile(r"(?<![\w.,])(?<!\w[-/])\d+(?:,\d{3})*(?:\.\d+)?(?![\w])(?![-/]\w)(?![.,]\d)")
# Places to which prose may round what a tool gave.
_MOST_PLACES = 4


def says(text: str, value: Decimal) -> bool:
    """Tell whether a text states a figure, with or without separators between thousands.

    Args:
        text: Prose.
        value: The figure; 234.50 is not said by 1,234.50.

    Returns:
        Whether one of the figures in the text is that one.
    """
    return value in {Decimal(figure) for figure in _FIGURE.findall(text.replace(",", ""))}


def holds(result: Any, value: Decimal) -> bool:
    """Tell whether a tool's result holds a figure, at whatever depth; it may carry more places.

    Args:
        result: JSON.
        value: The figure, rounded as it is stated.

    Returns:
        Whether a number in it is that figure when rounded half up to its places.
    """
    return any(number.quantize(value, ROUND_HALF_UP) == value for number in numbers_in(result))


def numbers_in(value: Any) -> Iterator[Decimal]:
    """Give every number in a JSON value, at whatever depth.

    Args:
        value: JSON.

    Returns:
        The numbers, as they stand there.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        if number.is_finite():
            yield number


def texts_in(value: Any) -> Iterator[str]:
    """Give every text in a JSON value, at whatever depth.

    Args:
        value: JSON.

    Returns:
        The texts.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def stated_figures(text: str, names: Iterable[str] = ()) -> list[Decimal]:
    """Find the figures that a text states, without those inside names and dates.

    Args:
        text: Prose.
        names: What may stand in it with digits that are no figures: models, periods.

    Returns:
        The figures, without their signs.
    """
    for name in sorted({name for name in names if any(map(str.isdigit, name))}, key=len, reverse=True):
        text = text.replace(name, " ")
    return [Decimal(figure.replace(",", "")) for figure in _STATED.findall(text)]


def orphans(figures: Iterable[Decimal], sources: Iterable[Decimal]) -> list[Decimal]:
    """Find the figures that come from nowhere.

    Args:
        figures: As stated.
        sources: What they may come from; a figure may be one of them rounded half up to its own places.

    Returns:
        Those that are none of the sources, each once.
    """
    known = [abs(source) for source in sources]
    rounded: dict[int, set[Decimal]] = {}
    found = []
    for figure in dict.fromkeys(figures):
        places = min(-int(figure.as_tuple().exponent), _MOST_PLACES)
        if places not in rounded:
            step = Decimal(1).scaleb(-places)
            rounded[places] = {source.quantize(step, ROUND_HALF_UP) for source in known}
        if figure not in rounded[places]:
            found.append(figure)
    return found

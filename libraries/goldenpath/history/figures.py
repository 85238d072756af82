"""Finds figures: in words, and in what a tool gave."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_FIGURE = re.compile(r"\d+(?:\.\d+)?")


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
    if isinstance(result, dict):
        return any(holds(inner, value) for inner in result.values())
    if isinstance(result, list):
        return any(holds(inner, value) for inner in result)
    if isinstance(result, bool) or not isinstance(result, int | float):
        return False
    return Decimal(str(result)).quantize(value, ROUND_HALF_UP) == value

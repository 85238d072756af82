"""Finding a value in JSON by the way to it, and saying which of several is the first that says something."""

from collections.abc import Iterable
from typing import Any

EMPTY: tuple[Any, ...] = (None, "", [], {})


def at(body: Any, path: str) -> Any:
    """Follow a way into JSON.

    Args:
        body: Where it begins.
        path: Names with dots between them, for example ``error.code``; the empty path is the body itself.

    Returns:
        What stands there; ``None`` where nothing does.
    """
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, dict) else None
    return body


def first(body: Any, paths: Iterable[str]) -> Any:
    """Give the first thing that is there and not empty.

    Args:
        body: Where to look.
        paths: The ways, best first.

    Returns:
        The value; ``None`` where nothing is found.
    """
    return next((value for path in paths if (value := at(body, path)) not in EMPTY), None)

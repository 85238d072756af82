"""Preferences: a user's own small notes to their clients; the platform stores them and does not look into them."""

import json
from typing import Any

from sut.common.errors import PlatformError

MAX_BYTES = 8 * 1024
MAX_DEPTH = 8


def changed_preferences(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Put new preferences over old ones, name by name; null removes a name.

    Args:
        old: What is stored.
        change: What the user sent.

    Returns:
        What to store.

    Raises:
        PlatformError: ``INVALID_INPUT``: the result is too big, too deep, or holds a number that JSON has not.
    """
    if _depth(change) > MAX_DEPTH:
        raise _refused(f"may be nested {MAX_DEPTH} deep at most")
    new = {name: value for name, value in (old | change).items() if value is not None}
    try:
        size = len(json.dumps(new, ensure_ascii=False, allow_nan=False).encode())
    except ValueError:
        raise _refused("hold a number that is too great") from None
    if size > MAX_BYTES:
        raise _refused(f"may have {MAX_BYTES} bytes as JSON at most")
    return new


def _depth(root: Any) -> int:
    """Count the levels of objects and lists, level by level: however deep it is, this does not recurse."""
    level, depth = [root], 0
    while level := [value for value in level if isinstance(value, dict | list)]:
        depth += 1
        level = [item for value in level for item in (value.values() if isinstance(value, dict) else value)]
    return depth


def _refused(problem: str) -> PlatformError:
    return PlatformError("INVALID_INPUT", f"preferences {problem}.", details={"fields": ["preferences"]})

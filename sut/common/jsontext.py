"""JSON from outside: what is not an object of clean text is refused in one place."""

import json
from typing import Any

from sut.common.errors import PlatformError

# who is asking comes from the token and from nowhere else
IDENTITY_FIELDS = frozenset({"user_id", "tenant_id", "roles", "permissions"})


def parse_object(raw: str | bytes) -> dict[str, Any]:
    """Read a JSON object that a client sent.

    Args:
        raw: The text, or its bytes in UTF-8.

    Returns:
        The object.

    Raises:
        PlatformError: ``INVALID_JSON``: no JSON. ``INVALID_INPUT``: no object, a field that stands twice, or text that
            cannot be stored.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise PlatformError("INVALID_JSON", "The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise PlatformError("INVALID_INPUT", "The body must be a JSON object.")
    _refuse_unstorable(value)
    return value


def refuse_identity(body: dict[str, Any]) -> None:
    """Refuse a body that says who is asking.

    Args:
        body: What the client sent.

    Raises:
        PlatformError: ``INVALID_INPUT``, with the names of the refused fields in its details.
    """
    named = sorted(IDENTITY_FIELDS & body.keys())
    if named:
        raise PlatformError(
            "INVALID_INPUT",
            f"{', '.join(named)}: who is asking is read from the token only; leave it out.",
            details={"fields": named},
        )


def text_field(body: dict[str, Any], name: str, *, default: str | None = None, max_length: int = 10_000) -> str:
    """Read a field that must be text.

    Args:
        body: What the client sent.
        name: The field.
        default: What a missing field means; without a default it must be there.
        max_length: Its greatest length, in characters.

    Returns:
        The text.

    Raises:
        PlatformError: ``INVALID_INPUT``: missing, no text, or too long.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        problem = "is missing" if name not in body else "must be text"
    elif len(value) > max_length:
        problem = f"may have at most {max_length} characters"
    else:
        return value
    raise PlatformError("INVALID_INPUT", f"{name} {problem}.", details={"fields": [name]})


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # of two fields of one name another reader may see the other one (RFC 8259 section 4)
    unique = dict(pairs)
    if len(unique) < len(pairs):
        raise PlatformError("INVALID_INPUT", "A field stands twice in the same JSON object.")
    return unique


def _refuse_unstorable(root: Any) -> None:
    # a stack instead of recursion: what json.loads could nest, this can walk
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.keys())
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            _refuse_unstorable_text(value)


def _refuse_unstorable_text(text: str) -> None:
    if "\0" in text:
        raise PlatformError("INVALID_INPUT", "Text with a NUL character cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PlatformError(
            "INVALID_INPUT", "Text with half a character (a lone surrogate) cannot be stored."
        ) from error

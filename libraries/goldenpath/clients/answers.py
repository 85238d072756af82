"""What every client says about an answer: never a secret, always the platform's own code and words."""

import json
import re
from collections.abc import Mapping
from typing import Any

from goldenpath.errors import PromiseBroken

_SECRET_NAME = re.compile(r"password|passwd|token(?!_type$)|secret|authorization|cookie|api_?key", re.IGNORECASE)
_LONGEST_TOLD = 400


class NoAnswer(PromiseBroken):
    """The platform gave no answer: no connection, a broken one, or not in time."""


def parsed(content: bytes, headers: Mapping[str, str]) -> Any:
    """Give a body as JSON where it is declared to be JSON and is, else as text.

    Args:
        content: The body as it came.
        headers: The answer's headers.

    Returns:
        The JSON value, or the text; an empty body is an empty text.
    """
    text = content.decode("utf-8", errors="replace")
    if "json" in headers.get("content-type", ""):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def without_secrets(body: Any) -> Any:
    """Give a copy of a JSON value with the values of passwords, tokens and the like blotted out, by their names.

    Args:
        body: Any JSON value.

    Returns:
        The copy.
    """
    if isinstance(body, dict):
        return {
            name: "<secret>" if _SECRET_NAME.search(str(name)) and _may_be_secret(value) else without_secrets(value)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [without_secrets(item) for item in body]
    return body


def _may_be_secret(value: Any) -> bool:
    """Whether a value could be a secret; ``input_tokens: 12`` and ``token: null`` are not."""
    return value is not None and not isinstance(value, bool | int | float)


def told(status: int, body: Any) -> str:
    """Say an answer in one line.

    Args:
        status: The HTTP status.
        body: The body as `parsed` gives it.

    Returns:
        ``401 INVALID_CREDENTIALS: E-mail or password is wrong`` for an error of the platform, else status and the
        beginning of the body, without secrets.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and "code" in error:
        return f"{status} {error['code']}: {error.get('message', '')}"
    clean = without_secrets(body)
    text = clean if isinstance(clean, str) else json.dumps(clean, ensure_ascii=False)
    if len(text) > _LONGEST_TOLD:
        text = text[:_LONGEST_TOLD] + " …"
    return f"{status} {text}".rstrip()

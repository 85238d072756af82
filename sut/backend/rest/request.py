"""What REST routes read from a request, and how they answer."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from sut.backend.client_frames import read_id
from sut.backend.identity import require
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.timing import rfc3339

LARGEST_PAGE = 100
DEFAULT_PAGE = 50
LONGEST_SEQ = 18


def asker(request: Request, permission: str) -> Identity:
    """Tell who is asking, and refuse whoever may not.

    Args:
        request: The request; the guard has checked its token.
        permission: What the call needs.

    Returns:
        Who is asking.

    Raises:
        PlatformError: ``FORBIDDEN``.
    """
    identity: Identity = request.state.identity
    require(identity, permission)
    return identity


def path_id(request: Request, what: str) -> UUID:
    """Read the id in a request's path.

    Args:
        request: The request.
        what: What the id should name, for the error's words.

    Returns:
        The id.

    Raises:
        PlatformError: ``NOT_FOUND``: no object has such an id.
    """
    return read_id(request.path_params["id"], what)


def found(thing: dict[str, Any] | None, what: str) -> dict[str, Any]:
    """Refuse what is not there, or is another user's: both look the same.

    Args:
        thing: What was looked up.
        what: Its kind, for the error's words.

    Returns:
        The thing.

    Raises:
        PlatformError: ``NOT_FOUND``.
    """
    if thing is None:
        raise PlatformError("NOT_FOUND", f"There is no such {what}.")
    return thing


def read_seq(text: str) -> int:
    """Read a ``seq``.

    Args:
        text: What the client gave.

    Returns:
        A number from 0.

    Raises:
        ValueError: It is no such number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_SEQ):
        raise ValueError("no seq")
    return int(text)


def page_size(request: Request) -> int:
    """Read how many items a page may have.

    Args:
        request: The request.

    Returns:
        ``limit``, 50 without it.

    Raises:
        PlatformError: ``INVALID_INPUT``: not a number from 1 to 100.
    """
    text = request.query_params.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        raise PlatformError(
            "INVALID_INPUT", f"limit is a number from 1 to {LARGEST_PAGE}.", details={"fields": ["limit"]}
        )
    return int(text)


def cursor(request: Request, read: Callable[[str], Any]) -> Any:
    """Read where the page before ended.

    Args:
        request: The request.
        read: Turns the text inside into a value; raises ``ValueError`` when it cannot.

    Returns:
        The value, ``None`` for the first page.

    Raises:
        PlatformError: ``INVALID_INPUT``: no page has given such a cursor.
    """
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return read(base64.b64decode(text, altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error):
        raise PlatformError("INVALID_INPUT", "cursor is the next_cursor of the page before.") from None


def page_answer(items: list[dict[str, Any]], limit: int, place: str) -> Response:
    """Answer with a page.

    Args:
        items: One item more than the page may have, when there are more.
        limit: How many the page may have.
        place: The field that says where an item stands in the whole list.

    Returns:
        ``{items, next_cursor}``; ``next_cursor`` is null on the last page.
    """
    shown = items[:limit]
    more = len(items) > limit
    following = base64.urlsafe_b64encode(str(shown[-1][place]).encode()).decode() if more else None
    return answer({"items": shown, "next_cursor": following})


def answer(body: Any, status: int = 200) -> Response:
    """Answer with JSON.

    Args:
        body: JSON values, ids and times.
        status: The status.

    Returns:
        The answer.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_as_json)
    return Response(text, status, media_type="application/json")


def _as_json(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")

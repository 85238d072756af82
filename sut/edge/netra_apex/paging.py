"""Pages by ``limit`` and ``offset``, read from lists that the reference gives by cursor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, QueryParams

from sut.common.errors import PlatformError
from sut.edge.netra_apex.reference import Reference

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 100
LARGEST_OFFSET = 5000
# each page of the reference is one request that its user pays for
MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted.

    Args:
        limit: How many items.
        offset: How many stand before them.
    """

    limit: int
    offset: int

    def of(self, items: list[Any]) -> list[Any]:
        """Cut the part out of a list.

        Args:
            items: The list from its start.

        Returns:
            The part.
        """
        return items[self.offset : self.offset + self.limit]


def wanted_page(query: QueryParams) -> Page:
    """Read ``limit`` and ``offset``.

    Args:
        query: The request's query.

    Returns:
        The part that is wanted.

    Raises:
        PlatformError: ``INVALID_INPUT``: one of them is not a number in its range.
    """
    return Page(
        _number(query, "limit", 1, LARGEST_LIMIT, DEFAULT_LIMIT), _number(query, "offset", 0, LARGEST_OFFSET, 0)
    )


async def read_list(
    reference: Reference,
    path: str,
    headers: Headers,
    params: Mapping[str, str] | None = None,
    *,
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Read a list of the reference, page by page.

    Args:
        reference: The service behind.
        path: The list's path.
        headers: The caller's headers.
        params: The query.
        most: How many items are enough; all of them without it.

    Returns:
        The items, in their order.

    Raises:
        PlatformError: The service refuses, or ``TOO_BIG``: the list is longer than is read.
    """
    items: list[dict[str, Any]] = []
    asked = {**(params or {}), "limit": str(LARGEST_LIMIT)}
    for _ in range(MOST_PAGES):
        page = (await reference.ask("GET", path, headers, params=asked)).json()
        items += page["items"]
        if page["next_cursor"] is None or (most is not None and len(items) >= most):
            return items
        asked["cursor"] = page["next_cursor"]
    raise PlatformError("TOO_BIG", "This list is too long to be read by offset.")


def _number(query: QueryParams, name: str, least: int, greatest: int, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= greatest):
        raise PlatformError(
            "INVALID_INPUT", f"{name} is a number from {least} to {greatest}.", details={"fields": [name]}
        )
    return int(text)

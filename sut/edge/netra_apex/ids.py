"""Ids of threads: the reference's with a prefix, and back."""

from uuid import UUID

PREFIX = "thread_"
# what the reference has no thread for, and never will
NO_THREAD = "none"


def outer_thread_id(inner: str) -> str:
    """Write a thread's id as the dialect does.

    Args:
        inner: The reference's id.

    Returns:
        ``thread_…``.
    """
    return PREFIX + inner


def inner_thread_id(outer: object) -> str:
    """Read a thread's id.

    Args:
        outer: What a client gave, of whatever kind.

    Returns:
        The reference's id, safe as part of a path; `NO_THREAD` for what no thread is called here.
    """
    if not isinstance(outer, str) or not outer.startswith(PREFIX):
        return NO_THREAD
    try:
        return str(UUID(outer.removeprefix(PREFIX)))
    except ValueError:
        return NO_THREAD

"""The ids that the adapter gives to questions: they say what all its processes must know of them later."""

from sut.common.ids import new_id

# how a question came: with a thread, without one, or only to be stored
IN_THREAD, WITHOUT_THREAD, STORED = "in", "new", "stored"


def new_mark(kind: str) -> str:
    """Make the ``client_message_id`` of a question.

    Args:
        kind: How it came.

    Returns:
        An id that no other question has.
    """
    return f"{kind}-{new_id()}"


def kind_of(mark: object) -> str:
    """Read how a question came.

    Args:
        mark: The ``client_message_id`` of its acknowledgement.

    Returns:
        What `new_mark` was told; something else for a question that did not come through an adapter.
    """
    return str(mark).partition("-")[0]

"""What defects about lost connections have in common: they know an orderly end from one without a close frame."""

from collections.abc import Callable
from typing import Any


def when_cut(connection: Any, note: Callable[[], None]) -> None:
    """Call something when a connection ends without a close frame.

    Args:
        connection: A connection of the backend, not served yet.
        note: What to call, before the platform itself has heard of it.
    """
    receive = connection._websocket.receive

    async def watched() -> Any:
        message = await receive()
        # whoever closes in order gives a reason, were it an empty one
        if message["type"] == "websocket.disconnect" and "reason" not in message:
            note()
        return message

    connection._websocket.receive = watched

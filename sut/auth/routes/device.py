"""What a client calls itself."""

from starlette.requests import Request

MAX_DEVICE_LENGTH = 200


def device_of(request: Request) -> str:
    """Read the client's name, to be shown in the list of sessions.

    Args:
        request: The request.

    Returns:
        The start of its ``User-Agent``; empty when it sends none.
    """
    return request.headers.get("user-agent", "")[:MAX_DEVICE_LENGTH].replace("\0", "")

"""Names for servers in messages: where they are, never how to get in."""

from urllib.parse import urlsplit

from goldenpath.errors import UsageError


def named(what: str, url: str, default_port: int) -> str:
    """Name a server by its address.

    Args:
        what: The kind of server, for example ``PostgreSQL``.
        url: Its URL, which may hold a password.
        default_port: What a URL without a port means.

    Returns:
        For example ``PostgreSQL at 127.0.0.1:5432/golden_path``.

    Raises:
        UsageError: The URL cannot be read, for example because of a `/` in its password.
    """
    try:
        parts = urlsplit(url)
        return f"{what} at {parts.hostname or 'localhost'}:{parts.port or default_port}{parts.path}"
    except ValueError:  # its text may quote a part of the password
        raise UsageError(
            f"The address of {what} is no URL; characters like / # ? in a password must be percent-encoded"
        ) from None

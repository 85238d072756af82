"""TLS to a platform, with an authority of its own where it has one."""

import ssl
from pathlib import Path

from goldenpath.errors import TargetError


def trust(url: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """Make what a connection to an address needs.

    Args:
        url: The address.
        ca_file: The authority that has signed the platform's certificate; ``None``: one that this machine knows.

    Returns:
        The context; ``None`` for an address without TLS, as reading the certificate store takes 50 ms of every process.

    Raises:
        TargetError: The file is no certificate in PEM.
    """
    if not url.startswith(("https:", "wss:")):
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise TargetError(
            f"{ca_file} is no certificate in PEM, and has to be that of the platform's authority."
        ) from None

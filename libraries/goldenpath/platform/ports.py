"""Free TCP ports for servers of this run."""

import errno
import random
import socket
import threading

from goldenpath.errors import PlatformStartError

# Below the range from which systems take the ports of outgoing connections: a client cannot take one in between.
LOWEST, HIGHEST = 15000, 32000
HOST = "127.0.0.1"

_lock = threading.Lock()
_given: set[int] = set()
_random = random.SystemRandom()


def free_port() -> int:
    """Find a port that nobody listens on and that this process has not given out before.

    Another process may still take it before the server does: then the server ends at once, and its owner asks again.

    Returns:
        The port.

    Raises:
        PlatformStartError: None of many tried ports is free.
    """
    with _lock:
        for _ in range(500):
            port = _random.randrange(LOWEST, HIGHEST)
            if port not in _given and is_free(port):
                _given.add(port)
                return port
    raise PlatformStartError(
        f"no free TCP port was found between {LOWEST} and {HIGHEST} on {HOST}: end what holds them"
    )


def give_back(*ports: int) -> None:
    """Let ports be given out again, when their servers are gone.

    Args:
        ports: What `free_port` returned.
    """
    with _lock:
        _given.difference_update(ports)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now.

    Args:
        port: The port on the loopback address.

    Returns:
        Whether binding it worked.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            return False
    return True

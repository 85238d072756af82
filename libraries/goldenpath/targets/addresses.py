"""Where a platform is: from the target's file, overridden by the environment. Nothing here prints a secret."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from goldenpath.errors import TargetError
from goldenpath.targets.checked import Section

AUTH = "GOLDENPATH_AUTH_URL"
BACKENDS = "GOLDENPATH_BACKEND_URL"
SOCKETS = "GOLDENPATH_WS_URL"
CA_FILE = "GOLDENPATH_CA_FILE"
POSTGRES = "GOLDENPATH_POSTGRES_URL"
REDIS = "GOLDENPATH_REDIS_URL"
SERVICES = (AUTH, BACKENDS, SOCKETS, CA_FILE)
STORES = (POSTGRES, REDIS)

_HTTP, _SOCKET = ("http", "https"), ("ws", "wss")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a platform is that somebody else has started.

    Args:
        auth: The auth service's base URL.
        backends: Those of the backend's instances.
        sockets: Their socket addresses; empty: the backends' with the dialect's path.
        ca_file: The authority that has signed its certificates; ``None``: one that this machine knows.
        postgres: Its PostgreSQL; empty: it may not be read.
        redis: Its Redis; empty: it may not be read.
        redis_prefix: What each of its keys begins with.
    """

    auth: str
    backends: tuple[str, ...]
    sockets: tuple[str, ...]
    ca_file: Path | None = None
    postgres: str = field(default="", repr=False)
    redis: str = field(default="", repr=False)
    redis_prefix: str = "gp:"

    def sockets_at(self, path: str) -> list[str]:
        """Give the socket addresses.

        Args:
            path: Of the socket, where only the backends' addresses are known.

        Returns:
            One for each instance.
        """
        return list(self.sockets) or [f"ws{url.removeprefix('http')}{path}" for url in self.backends]


def given(names: tuple[str, ...]) -> list[str]:
    """Tell which environment variables are set.

    Args:
        names: Their names.

    Returns:
        The names of those that are.
    """
    return [name for name in names if os.environ.get(name)]


def read_addresses(section: Section) -> Addresses:
    """Read the addresses of a target, and those of the environment that replace them.

    Args:
        section: The table ``addresses``.

    Returns:
        The addresses.

    Raises:
        TargetError: One is missing, none, or not allowed here; the text names the key or variable, never its value.
    """
    schemes = (("https",), ("wss",)) if section.flag("secure", False) else (_HTTP, _SOCKET)
    may_read = section.flag("stores", True)
    if not may_read and (stores := given(STORES)):
        raise TargetError(f"{section.file}: this target's stores are not read. Unset {' and '.join(stores)}.")
    addresses = Addresses(
        auth=_one(section, "auth", AUTH, schemes[0]),
        backends=_several(section, "backend", BACKENDS, schemes[0]),
        sockets=_several(section, "ws", SOCKETS, schemes[1], optional=True),
        ca_file=_ca_file(),
        postgres=_store(POSTGRES, ("postgres", "postgresql")),
        redis=_store(REDIS, ("redis", "rediss")),
        redis_prefix=section.text("redis_prefix", "gp:"),
    )
    section.close()
    return addresses


def _written(section: Section, key: str, variable: str, optional: bool) -> str:
    """The variable's text, else the file's."""
    replaced = os.environ.get(variable)
    if replaced:
        section.leave(key)  # what is replaced need not be right, nor its variables be set
        return replaced
    if key in section or optional:
        return section.text(key, "")
    raise section.wrong(key, f"is missing, and {variable} is not set. Set one of them")


def _one(section: Section, key: str, variable: str, schemes: tuple[str, ...]) -> str:
    return _checked(_written(section, key, variable, optional=False), f"'addresses.{key}' ({variable})", schemes)


def _several(
    section: Section, key: str, variable: str, schemes: tuple[str, ...], optional: bool = False
) -> tuple[str, ...]:
    written = _written(section, key, variable, optional)
    urls = [url.strip() for url in written.split(",") if url.strip()]
    return tuple(_checked(url, f"'addresses.{key}' ({variable})", schemes) for url in urls)


def _checked(url: str, where: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        bare = parts.username is None and parts.password is None
    except ValueError:  # its text may quote a part of a password
        whole, bare = False, True
    if not bare:
        raise TargetError(f"{where} holds a user or a password. Users log in with accounts of their own; leave it out.")
    if not whole:
        raise TargetError(f"{where} is no {' or '.join(schemes)} address. For example: {schemes[-1]}://host:8000")
    return url.rstrip("/")


def _store(variable: str, schemes: tuple[str, ...]) -> str:
    url = os.environ.get(variable, "")
    if url and url.partition("://")[0] not in schemes:
        raise TargetError(f"{variable} is no {schemes[-1]} address. For example: {schemes[-1]}://user:…@host/0")
    return url


def _ca_file() -> Path | None:
    name = os.environ.get(CA_FILE)
    if not name:
        return None
    file = Path(name)
    if not file.is_file():
        raise TargetError(f"{CA_FILE} names no file: {file}. It has to be a certificate in PEM.")
    return file

"""Start options and environment variables that both services read, and how a bad one is refused.

Options come by command line; what is secret, or an address that may hold a password, comes by environment only.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, cast
from urllib.parse import urlsplit

from sut.common.origins import origin_list

JwtAlgorithm = Literal["HS256", "RS256"]
Environment = Literal["embedded", "development", "staging", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("embedded", "development", "staging", "production")
Isolation = Literal["read committed", "repeatable read", "serializable"]
ISOLATIONS: tuple[Isolation, ...] = ("read committed", "repeatable read", "serializable")
MIN_SECRET_BYTES = 32
MIN_SECRET_CHARACTERS = 6
# what stands where somebody forgot to put a secret
_PLACEHOLDERS = ("changeme", "changethis", "default", "example", "placeholder", "yoursecret")
MAX_PORT = 65535


class SettingsError(Exception):
    """A setting that is refused; its text is one sentence for the person who starts the process, without the value."""


class SettingsParser(argparse.ArgumentParser):
    """A command line parser that refuses with one sentence instead of a page of usage.

    Args:
        program: The command, for example ``python -m sut.auth``.
    """

    def __init__(self, program: str) -> None:
        super().__init__(prog=program, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line.

        Args:
            message: What is wrong with it.

        Raises:
            SettingsError: Always.
        """
        sentence = message[0].upper() + message[1:]
        raise SettingsError(f"{sentence}; see {self.prog} --help.")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What every service of the platform needs to know.

    Args:
        environment: Where the process runs; changes nothing but which password cost is accepted.
        host: Address to listen on.
        port: Port to listen on.
        startup_timeout_s: How long a store may be away at start, in seconds.
        startup_delay_s: By how much the warm-up is made longer, in seconds.
        request_timeout_s: How long a client may take to send a request, in seconds.
        waiting_connections: How many connections may be open on which no whole request waits for its answer.
        allowed_origins: Web pages of these origins may use the service.
        postgres_url: Address of the database; may hold a password.
        redis_url: Address of Redis; may hold a password.
        redis_prefix: What every key of this platform begins with.
        jwt_algorithm: How tokens are signed: with a secret that all services share, or with the auth service's key.
        jwt_secret: The shared secret; empty when there is none.
        service_secret: What services show to get a service token.
        db_isolation: How far database transactions are kept apart.
        instance_token: Echoed by ``/health/live``: proof that this very process answers.
    """

    environment: Environment
    host: str
    port: int
    startup_timeout_s: float
    startup_delay_s: float
    request_timeout_s: float
    waiting_connections: int
    allowed_origins: tuple[str, ...]
    postgres_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    redis_prefix: str
    jwt_algorithm: JwtAlgorithm
    jwt_secret: str = field(repr=False)
    service_secret: str = field(repr=False)
    db_isolation: Isolation = "read committed"
    instance_token: str | None = field(repr=False, default=None)


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """Add the options about what a client may take up.

    Args:
        parser: The program's parser.
    """
    parser.add_argument(
        "--request-timeout",
        type=positive_seconds,
        default=10.0,
        metavar="SECONDS",
        help="how long a client may take to send a request (default: 10)",
    )
    parser.add_argument(
        "--waiting-connections",
        type=count,
        default=1000,
        metavar="NUMBER",
        help="connections that may be open without a whole request (default: 1000)",
    )


def add_service_options(parser: argparse.ArgumentParser, *, default_port: int) -> None:
    """Add the options that both services take.

    Args:
        parser: The service's parser.
        default_port: Its port when none is given.
    """
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=port_number, default=default_port, help=f"port (default: {default_port})")
    parser.add_argument("--environment", choices=ENVIRONMENTS, default="development", help="where the process runs")
    parser.add_argument(
        "--jwt-algorithm",
        choices=("HS256", "RS256"),
        default="HS256",
        help="how tokens are signed: with GP_JWT_SECRET, or with the auth service's own key (default: HS256)",
    )
    parser.add_argument(
        "--startup-timeout",
        type=positive_seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long a store may be away at start (default: 60)",
    )
    parser.add_argument(
        "--db-isolation",
        choices=ISOLATIONS,
        default=ISOLATIONS[0],
        help="how far database transactions are kept apart (default: read committed)",
    )
    parser.add_argument(
        "--startup-delay",
        type=seconds,
        default=0.0,
        metavar="SECONDS",
        help="makes the warm-up longer, to rehearse a cold start (default: 0)",
    )
    add_request_options(parser)
    parser.add_argument(
        "--allowed-origins",
        type=origin_list,
        default=(),
        metavar="ORIGIN,...",
        help="web pages that may use the service, such as https://chat.example.com (default: none)",
    )


def service_settings(options: argparse.Namespace, env: Mapping[str, str]) -> ServiceSettings:
    """Put together what `add_service_options` and the environment variables say.

    Args:
        options: The parsed command line.
        env: The environment variables.

    Returns:
        The settings.

    Raises:
        SettingsError: A variable is missing or unusable.
    """
    return ServiceSettings(
        environment=cast(Environment, options.environment),
        host=options.host,
        port=options.port,
        startup_timeout_s=options.startup_timeout,
        startup_delay_s=options.startup_delay,
        request_timeout_s=options.request_timeout,
        waiting_connections=options.waiting_connections,
        allowed_origins=options.allowed_origins,
        postgres_url=postgres_url(env),
        redis_url=_url(env, "GP_REDIS_URL", ("redis", "rediss"), "redis://[:password@]host:port/0"),
        redis_prefix=env.get("GP_REDIS_PREFIX", "gp:"),
        jwt_algorithm=cast(JwtAlgorithm, options.jwt_algorithm),
        jwt_secret=secret(env, "GP_JWT_SECRET") if options.jwt_algorithm == "HS256" else "",
        service_secret=secret(env, "GP_SERVICE_SECRET"),
        db_isolation=cast(Isolation, options.db_isolation),
        instance_token=env.get("GP_INSTANCE_TOKEN"),
    )


def postgres_url(env: Mapping[str, str]) -> str:
    """Read the database's address.

    Args:
        env: The environment variables.

    Returns:
        ``GP_POSTGRES_URL``.

    Raises:
        SettingsError: It is missing or no such address.
    """
    form = "postgresql://user[:password]@host:port/database"
    return _url(env, "GP_POSTGRES_URL", ("postgresql", "postgres"), form)


def clickhouse_url(env: Mapping[str, str]) -> str | None:
    """Read ClickHouse's address.

    Args:
        env: The environment variables.

    Returns:
        ``GP_CLICKHOUSE_URL``; ``None`` where there is no ClickHouse.

    Raises:
        SettingsError: It is no such address.
    """
    if not env.get("GP_CLICKHOUSE_URL"):
        return None
    return _url(env, "GP_CLICKHOUSE_URL", ("http", "https"), "http://[user[:password]@]host:port")


def secret(env: Mapping[str, str], name: str) -> str:
    """Read a secret.

    Args:
        env: The environment variables.
        name: Its variable.

    Returns:
        The secret.

    Raises:
        SettingsError: It is missing, short, or a default that everybody knows.
    """
    value = env.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; give it a secret of at least {MIN_SECRET_BYTES} bytes.")
    length = len(value.encode())
    if length < MIN_SECRET_BYTES:
        raise SettingsError(f"{name} has {length} bytes; it must have at least {MIN_SECRET_BYTES}.")
    letters = "".join(filter(str.isalnum, value.lower()))
    if len(set(value)) < MIN_SECRET_CHARACTERS or any(word in letters for word in _PLACEHOLDERS):
        raise SettingsError(f"{name} looks like a default that everybody knows; give it a secret of your own.")
    return value


def refuse(program: str, error: SettingsError) -> int:
    """Tell on stderr why the process does not start.

    Args:
        program: Who says it, for example ``sut.auth``.
        error: The refused setting.

    Returns:
        2, the exit code that goes with it.
    """
    print(f"{program}: {error}", file=sys.stderr)
    return 2


def port_number(text: str) -> int:
    """Read a port from the command line.

    Args:
        text: The argument.

    Returns:
        A port from 1 to 65535.
    """
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to {MAX_PORT}")
    return port


def positive_seconds(text: str) -> float:
    """Read a duration from the command line.

    Args:
        text: The argument.

    Returns:
        A number of seconds above 0.
    """
    duration = seconds(text)
    if duration == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return duration


def seconds(text: str) -> float:
    """Read a duration, which may be none at all, from the command line.

    Args:
        text: The argument.

    Returns:
        A number of seconds, at least 0.
    """
    try:
        duration = float(text)
    except ValueError:
        duration = -1.0
    if not 0 <= duration < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return duration


def count(text: str) -> int:
    """Read how many there may be from the command line.

    Args:
        text: The argument.

    Returns:
        A whole number, at least 1.
    """
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, at least 1")
    return int(text)


def http_url(text: str) -> str:
    """Read an address from the command line.

    Args:
        text: The argument.

    Returns:
        The address.
    """
    if not _is_url(text, ("http", "https")):
        raise argparse.ArgumentTypeError("an address looks like http://host:port")
    return text


def whole_seconds(text: str) -> int:
    """Read the life of a token from the command line; tokens count in whole seconds.

    Args:
        text: The argument.

    Returns:
        A whole number of seconds, at least 1.
    """
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of seconds, at least 1")
    return int(text)


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...], form: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; give it an address like {form}.")
    if not _is_url(value, schemes):
        raise SettingsError(f"{name} is not an address like {form}.")
    return value


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

"""Start options of the adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from sut.common.origins import origin_list
from sut.common.settings import (
    ENVIRONMENTS,
    Environment,
    SettingsError,
    SettingsParser,
    add_request_options,
    http_url,
    port_number,
    secret,
)

PROGRAM = "sut.edge.netra_apex"
DEV_PASSWORD = "GP_DEV_LOGIN_PASSWORD"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What the adapter needs to know.

    Args:
        environment: Where it runs; it stands in greetings, and only ``development`` has ``/auth/dev/login``.
        host: Address to listen on.
        auth_port: Where it stands for the auth service.
        auth_url: The auth service behind, without a slash at the end.
        backends: The backends behind, without a slash at the end, by the port at which it stands for each.
        frontend_url: Where users go after a login through a provider.
        allowed_origins: Web pages of these origins may use it.
        query_token: Whether a socket's token may stand in the query, as on some deployments.
        request_timeout_s: How long a client may take to send a request, in seconds.
        waiting_connections: How many connections may be open on which no whole request waits for its answer.
        dev_password: The password of the fixed user of ``/auth/dev/login``; ``None`` outside of development.
        instance_token: Echoed by ``/health/live``: proof that this very process answers.
    """

    environment: Environment
    host: str
    auth_port: int
    auth_url: str
    backends: Mapping[int, str]
    frontend_url: str
    allowed_origins: tuple[str, ...]
    query_token: bool
    request_timeout_s: float
    waiting_connections: int
    dev_password: str | None = field(repr=False)
    instance_token: str | None = field(repr=False)

    @property
    def port(self) -> int:
        """Where it listens first."""
        return self.auth_port

    @property
    def startup_timeout_s(self) -> float:
        """How long its start may take, in seconds; it waits for nothing: what is behind may come later."""
        return 5.0

    @property
    def startup_delay_s(self) -> float:
        """By how much its warm-up is made longer, in seconds; it has none."""
        return 0.0


def read_settings(arguments: Sequence[str], env: Mapping[str, str]) -> EdgeSettings:
    """Read command line and environment.

    Args:
        arguments: The command line, without the program.
        env: The environment variables.

    Returns:
        The settings.

    Raises:
        SettingsError: An option or a variable is missing, unknown or unusable.
    """
    parser = SettingsParser(f"python -m {PROGRAM}")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--auth-port", type=port_number, required=True, metavar="PORT", help="stands for auth here")
    parser.add_argument("--auth-url", type=http_url, required=True, metavar="URL", help="the auth service behind")
    for name, kind, form, meaning in (
        ("--backend-port", port_number, "PORT", "stands for a backend here; may be given again"),
        ("--backend-url", http_url, "URL", "the backend behind, one for each --backend-port"),
    ):
        parser.add_argument(name, type=kind, action="append", required=True, metavar=form, help=meaning)
    parser.add_argument("--environment", choices=ENVIRONMENTS, default="development", help="where the process runs")
    parser.add_argument("--frontend-url", type=http_url, default="http://localhost:3000", metavar="URL")
    parser.add_argument("--allowed-origins", type=origin_list, default=(), metavar="ORIGIN,...")
    parser.add_argument("--query-token", action="store_true", help="a socket's token may stand in ?token=")
    add_request_options(parser)
    options = parser.parse_args(arguments)
    ports, urls = options.backend_port, options.backend_url
    if len(ports) != len(urls):
        raise SettingsError("Each --backend-port needs one --backend-url.")
    if len({options.auth_port, *ports}) != 1 + len(ports):
        raise SettingsError("Each port can be given once only.")
    environment = cast(Environment, options.environment)
    return EdgeSettings(
        environment=environment,
        host=options.host,
        auth_port=options.auth_port,
        auth_url=options.auth_url.rstrip("/"),
        backends={port: url.rstrip("/") for port, url in zip(ports, urls, strict=True)},
        frontend_url=options.frontend_url.rstrip("/"),
        allowed_origins=options.allowed_origins,
        query_token=options.query_token,
        request_timeout_s=options.request_timeout,
        waiting_connections=options.waiting_connections,
        dev_password=secret(env, DEV_PASSWORD) if environment == "development" else None,
        instance_token=env.get("GP_INSTANCE_TOKEN"),
    )

"""Start options of the backend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sut.common.hosts import host_address
from sut.common.settings import (
    ServiceSettings,
    SettingsParser,
    add_service_options,
    clickhouse_url,
    count,
    http_url,
    positive_seconds,
    service_settings,
)

PROGRAM = "sut.backend"
DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """What the backend needs to know.

    Args:
        service: What every service needs to know.
        instance: This instance's name, in logs, leases and presence.
        auth_url: Where the auth service answers as long as Redis does not tell; without it Redis has to tell once.
        llm_url: Base address of an OpenAI-compatible API.
        llm_model: The model to ask.
        llm_api_key: Its key, where it wants one.
        prices_url: Where prices are fetched; without it the stored ones count.
        notify_url: Where it is told that a run has ended while its user has no socket; without it nobody is told.
        clickhouse_url: Where the events of finished runs are copied to, where there is one; may hold a password.
        heartbeat_s: Seconds between two heartbeats on a socket.
        run_timeout_s: Seconds for a run.
        run_lease_s: Seconds within which the run of a dead instance goes on elsewhere.
        resolve: IP addresses of hosts that are not looked up as usual.
        sockets_per_user: How many sockets a user may have open, over all instances.
        upgrades_per_minute: How many sockets a user may open in any minute.
        rate_burst: How many requests a user's full bucket pays for, on sockets and over REST together.
        rate_per_s: How much flows back into it in a second.
    """

    service: ServiceSettings
    instance: str
    auth_url: str | None
    llm_url: str
    llm_model: str
    llm_api_key: str | None = field(repr=False)
    prices_url: str | None
    notify_url: str | None
    clickhouse_url: str | None = field(repr=False)
    heartbeat_s: float
    run_timeout_s: float
    run_lease_s: float
    resolve: Mapping[str, str]
    sockets_per_user: int
    upgrades_per_minute: int
    rate_burst: int
    rate_per_s: float


def read_settings(arguments: Sequence[str], env: Mapping[str, str]) -> BackendSettings:
    """Read command line and environment.

    Args:
        arguments: The command line, without the program.
        env: The environment variables.

    Returns:
        The settings.

    Raises:
        SettingsError: An option or a variable is missing, unknown or unusable.
    """
    parser = SettingsParser("python -m sut.backend")
    add_service_options(parser, default_port=DEFAULT_PORT)
    parser.add_argument("--instance", default="", help="this instance's name (default: backend-<port>)")
    parser.add_argument(
        "--auth-url", type=http_url, metavar="URL", help="the auth service, as long as Redis does not tell where it is"
    )
    parser.add_argument("--llm-url", type=http_url, default="https://api.openai.com/v1", metavar="URL")
    parser.add_argument("--llm-model", default="gpt-4o-mini", metavar="NAME")
    parser.add_argument("--prices-url", type=http_url, metavar="URL", help="where prices are fetched")
    parser.add_argument("--notify-url", type=http_url, metavar="URL", help="told of runs that end unseen")
    for name, default, meaning in (
        ("--heartbeat", 15.0, "time between two heartbeats on a socket"),
        ("--run-timeout", 60.0, "time for a run"),
        ("--run-lease", 60.0, "time within which a dead instance's run goes on elsewhere"),
    ):
        parser.add_argument(name, type=positive_seconds, default=default, metavar="SECONDS", help=meaning)
    for name, most, meaning in (
        ("--sockets-per-user", 10, "sockets that a user may have open, over all instances"),
        ("--upgrades-per-minute", 120, "sockets that a user may open in any minute"),
        ("--rate-burst", 60, "requests that a user's full bucket pays for"),
    ):
        parser.add_argument(name, type=count, default=most, metavar="NUMBER", help=meaning)
    parser.add_argument(
        "--rate-refill",
        type=positive_seconds,
        default=1.0,
        metavar="SECONDS",
        help="time in which one more is paid for",
    )
    parser.add_argument(
        "--resolve",
        type=host_address,
        action="append",
        default=[],
        metavar="NAME=ADDRESS",
        help="where a host is that is not looked up as usual; may be given again",
    )
    options = parser.parse_args(arguments)
    return BackendSettings(
        service=service_settings(options, env),
        instance=options.instance or f"backend-{options.port}",
        auth_url=options.auth_url,
        llm_url=options.llm_url,
        llm_model=options.llm_model,
        llm_api_key=env.get("GP_LLM_API_KEY"),
        prices_url=options.prices_url,
        notify_url=options.notify_url,
        clickhouse_url=clickhouse_url(env),
        heartbeat_s=options.heartbeat,
        run_timeout_s=options.run_timeout,
        run_lease_s=options.run_lease,
        resolve=dict(options.resolve),
        sockets_per_user=options.sockets_per_user,
        upgrades_per_minute=options.upgrades_per_minute,
        rate_burst=options.rate_burst,
        rate_per_s=1 / options.rate_refill,
    )

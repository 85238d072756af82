"""How the auth service is started."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from sut.common.settings import (
    ServiceSettings,
    SettingsError,
    SettingsParser,
    add_service_options,
    service_settings,
    whole_seconds,
)
from sut.common.tokens import ACCESS_TTL_S, REFRESH_TTL_S

PasswordCost = Literal["default", "small"]
PROGRAM = "sut.auth"


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """All settings of the auth service.

    Args:
        service: What every service needs to know.
        password_cost: How much work a password's hash is.
        access_ttl_s: Life of an access token, in seconds.
        refresh_ttl_s: Life of a refresh token, in seconds.
        advertised_url: Under which address the other services find this one.
    """

    service: ServiceSettings
    password_cost: PasswordCost
    access_ttl_s: int
    refresh_ttl_s: int
    advertised_url: str


def read_settings(arguments: list[str], env: Mapping[str, str]) -> AuthSettings:
    """Read the command line and the environment variables.

    Args:
        arguments: The command line, without the program's name.
        env: The environment variables.

    Returns:
        The settings.

    Raises:
        SettingsError: One of them is refused.
    """
    parser = SettingsParser(f"python -m {PROGRAM}")
    add_service_options(parser, default_port=8081)
    parser.add_argument("--password-cost", choices=("default", "small"), default="default")
    parser.add_argument("--access-ttl", type=whole_seconds, default=ACCESS_TTL_S, metavar="SECONDS")
    parser.add_argument("--refresh-ttl", type=whole_seconds, default=REFRESH_TTL_S, metavar="SECONDS")
    parser.add_argument(
        "--advertise-url", metavar="URL", help="where other services find this one, if not at host:port"
    )
    options = parser.parse_args(arguments)
    service = service_settings(options, env)
    if options.password_cost == "small" and service.environment != "embedded":  # noqa: S105 - no password
        raise SettingsError("--password-cost small is accepted with --environment embedded only.")
    return AuthSettings(
        service=service,
        password_cost=cast(PasswordCost, options.password_cost),
        access_ttl_s=options.access_ttl,
        refresh_ttl_s=options.refresh_ttl,
        advertised_url=options.advertise_url or f"http://{service.host}:{service.port}",
    )

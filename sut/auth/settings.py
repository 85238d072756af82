"""How the auth service is started."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from sut.auth.provider_settings import ProviderSettings, provider_option, provider_settings
from sut.common.settings import (
    ServiceSettings,
    SettingsError,
    SettingsParser,
    add_service_options,
    http_url,
    service_settings,
    whole_seconds,
)
from sut.common.token_keys import PrivateKey
from sut.common.tokens import ACCESS_TTL_S, REFRESH_TTL_S

PasswordCost = Literal["default", "small"]
PROGRAM = "sut.auth"
LOCKOUT_FAILURES = 5
LOCKOUT_WINDOW_S = 15 * 60


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """All settings of the auth service.

    Args:
        service: What every service needs to know.
        password_cost: How much work a password's hash is.
        access_ttl_s: Life of an access token, in seconds.
        refresh_ttl_s: Life of a refresh token, in seconds.
        lockout_failures: So many failed logins lock an e-mail address.
        lockout_window_s: They count for so long, in seconds.
        advertised_url: Under which address the other services find this one.
        public_url: Under which address users find this one; providers send them back there.
        providers: OpenID Connect providers, by name.
        private_key: The key that signs the tokens, as PEM, when they are not signed with the shared secret.
    """

    service: ServiceSettings
    password_cost: PasswordCost
    access_ttl_s: int
    refresh_ttl_s: int
    lockout_failures: int
    lockout_window_s: int
    advertised_url: str
    public_url: str
    providers: Mapping[str, ProviderSettings]
    private_key: str | None = field(repr=False)


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
    parser.add_argument("--lockout-failures", type=_count, default=LOCKOUT_FAILURES, metavar="N")
    parser.add_argument("--lockout-window", type=whole_seconds, default=LOCKOUT_WINDOW_S, metavar="SECONDS")
    parser.add_argument(
        "--advertise-url", type=http_url, metavar="URL", help="where other services find this one, if not at host:port"
    )
    parser.add_argument("--public-url", type=http_url, metavar="URL", help="where users find this one, if elsewhere")
    parser.add_argument(
        "--oidc",
        type=provider_option,
        action="append",
        default=[],
        metavar="NAME=ISSUER",
        help="an OpenID Connect provider; GP_OIDC_<NAME>_CLIENT_ID and GP_OIDC_<NAME>_CLIENT_SECRET go with it",
    )
    options = parser.parse_args(arguments)
    service = service_settings(options, env)
    if options.password_cost == "small" and service.environment != "embedded":  # noqa: S105 - no password
        raise SettingsError("--password-cost small is accepted with --environment embedded only.")
    advertised_url = options.advertise_url or f"http://{service.host}:{service.port}"
    return AuthSettings(
        service=service,
        password_cost=cast(PasswordCost, options.password_cost),
        access_ttl_s=options.access_ttl,
        refresh_ttl_s=options.refresh_ttl,
        lockout_failures=options.lockout_failures,
        lockout_window_s=options.lockout_window,
        advertised_url=advertised_url,
        public_url=(options.public_url or advertised_url).rstrip("/"),
        providers=provider_settings(options.oidc, env),
        private_key=_private_key(env) if service.jwt_algorithm == "RS256" else None,
    )


def _private_key(env: Mapping[str, str]) -> str:
    """Read the key from ``GP_JWT_PRIVATE_KEY``, or from the file that ``GP_JWT_PRIVATE_KEY_FILE`` names."""
    pem, path = env.get("GP_JWT_PRIVATE_KEY"), env.get("GP_JWT_PRIVATE_KEY_FILE")
    if bool(pem) == bool(path):
        raise SettingsError("With RS256, set either GP_JWT_PRIVATE_KEY or GP_JWT_PRIVATE_KEY_FILE.")
    if path:
        try:
            pem = Path(path).read_text(encoding="ascii")
        except (OSError, ValueError):
            raise SettingsError("The file that GP_JWT_PRIVATE_KEY_FILE names cannot be read.") from None
    try:
        PrivateKey(pem or "")
    except ValueError as error:
        raise SettingsError(f"The private key is {error}.") from None
    return pem or ""


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)

"""Which OpenID Connect providers there are: name and address by option, credentials by environment."""

import argparse
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sut.common.settings import SettingsError, http_url

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One provider.

    Args:
        name: What ``?provider=`` calls it.
        issuer: Its address, as its tokens tell it.
        client_id: What it calls this platform.
        client_secret: What this platform shows to it.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


def provider_option(text: str) -> tuple[str, str]:
    """Read a provider from the command line.

    Args:
        text: The argument, ``NAME=ISSUER``.

    Returns:
        Name and issuer.
    """
    name, _, issuer = text.partition("=")
    if not _NAME.fullmatch(name):
        raise argparse.ArgumentTypeError("a provider is NAME=ISSUER, and its name has small letters, digits and '-'")
    return name, http_url(issuer)


def provider_settings(named: Iterable[tuple[str, str]], env: Mapping[str, str]) -> dict[str, ProviderSettings]:
    """Put together what options and environment say.

    Args:
        named: Names and issuers.
        env: The environment variables, with ``GP_OIDC_<NAME>_CLIENT_ID`` and ``GP_OIDC_<NAME>_CLIENT_SECRET`` for each.

    Returns:
        The providers by name.

    Raises:
        SettingsError: A name stands there twice, or a variable is missing.
    """
    providers: dict[str, ProviderSettings] = {}
    for name, issuer in named:
        if name in providers:
            raise SettingsError(f"There are two providers with the name {name}.")
        variables = f"GP_OIDC_{name.upper().replace('-', '_')}"
        client_id, client_secret = (_wanted(env, f"{variables}_CLIENT_{part}") for part in ("ID", "SECRET"))
        providers[name] = ProviderSettings(name, issuer, client_id, client_secret)
    return providers


def _wanted(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set; the provider tells it when this platform is registered there.")
    return value

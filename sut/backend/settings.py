"""Start options of the backend."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sut.common.settings import (
    ServiceSettings,
    SettingsParser,
    add_service_options,
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
        llm_url: Base address of an OpenAI-compatible API.
        llm_model: The model to ask.
        llm_api_key: Its key, where it wants one.
        prices_url: Where prices are fetched; without it the stored ones count.
        heartbeat_s: Seconds between two heartbeats on a socket.
        run_timeout_s: Seconds for a run.
        run_lease_s: For how many seconds a run stays an instance's without renewal.
    """

    service: ServiceSettings
    instance: str
    llm_url: str
    llm_model: str
    llm_api_key: str | None = field(repr=False)
    prices_url: str | None
    heartbeat_s: float
    run_timeout_s: float
    run_lease_s: float


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
    parser.add_argument("--llm-url", type=_http_url, default="https://api.openai.com/v1", metavar="URL")
    parser.add_argument("--llm-model", default="gpt-4o-mini", metavar="NAME")
    parser.add_argument("--prices-url", type=_http_url, metavar="URL", help="where prices are fetched")
    for name, default, meaning in (
        ("--heartbeat", 15.0, "time between two heartbeats on a socket"),
        ("--run-timeout", 60.0, "time for a run"),
        ("--run-lease", 60.0, "how long a run stays an instance's without renewal"),
    ):
        parser.add_argument(name, type=positive_seconds, default=default, metavar="SECONDS", help=meaning)
    options = parser.parse_args(arguments)
    return BackendSettings(
        service=service_settings(options, env),
        instance=options.instance or f"backend-{options.port}",
        llm_url=options.llm_url,
        llm_model=options.llm_model,
        llm_api_key=env.get("GP_LLM_API_KEY"),
        prices_url=options.prices_url,
        heartbeat_s=options.heartbeat,
        run_timeout_s=options.run_timeout,
        run_lease_s=options.run_lease,
    )


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError("an address looks like http://host:port")
    return text

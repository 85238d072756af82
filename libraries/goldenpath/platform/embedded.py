"""The platform of one robot process: everything real, its own, started together and gone together."""

import atexit
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from goldenpath import runtime
from goldenpath.errors import UsageError
from goldenpath.platform.edge import EdgePorts, EdgeService
from goldenpath.platform.http_service import HttpService
from goldenpath.platform.own_servers import POSTGRES_VARIABLE, REDIS_VARIABLE, OwnPostgres, OwnRedis
from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.process import ServerProcess
from goldenpath.platform.service import ServiceSet, start_set
from goldenpath.platform.valkey import EmbeddedValkey

# The cost of a password hash is a promise of the other environments; here it would only make each test slower.
AUTH_ARGUMENTS = ("--environment", "embedded", "--password-cost", "small")
# Nobody wants to wait for a minute until the run of a dead instance goes on.
BACKEND_ARGUMENTS = ("--environment", "embedded", "--run-lease", "5")
SECRET_BYTES = 48
# what ``?provider=`` calls the mocked OpenID Connect provider
OPENID_NAME = "mock"
# where defects tell that they were reached; the same name as in the platform's own `sut/defects/kit.py`
REACHED_VARIABLE = "GP_DEFECTS_REACHED"
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class PlatformOptions:
    """How the platform is started.

    Args:
        auth_options: More of the auth service's command line.
        backend_options: More of each backend's command line.
        openid: Whether there is an OpenID Connect provider.
        instances: How many backends there are.
        edge: The dialect of the adapter in front, for example ``netra-apex``; without it there is none.
        defects: Known defects that auth service and backends are started with, by name or path.
    """

    auth_options: tuple[str, ...] = ()
    backend_options: tuple[str, ...] = ()
    openid: bool = False
    instances: int = 1
    edge: str | None = None
    defects: tuple[str, ...] = ()


_Part = EmbeddedPostgres | OwnPostgres | EmbeddedValkey | OwnRedis | HttpService | EdgeService


@dataclass(frozen=True)
class _Parts:
    postgres: EmbeddedPostgres | OwnPostgres
    redis: EmbeddedValkey | OwnRedis
    llm: HttpService
    openid: HttpService | None
    auth: HttpService
    backends: list[HttpService]
    edge: EdgeService | None
    jwt_secret: str = field(repr=False)
    service_secret: str = field(repr=False)

    def by_name(
        self,
    ) -> dict[str, EmbeddedPostgres | OwnPostgres | EmbeddedValkey | OwnRedis | HttpService | EdgeService]:
        named = [self.auth, *self.backends, self.llm, self.postgres, self.redis]
        named += [part for part in (self.openid, self.edge) if part]
        return {part.process.name: part for part in named}


class EmbeddedPlatform:
    """A running platform; `start` makes one.

    Args:
        options: How it was started.
        services: Its servers.
        parts: The same, by what they do.
        startup_s: Seconds from nothing to ready.

    Attributes:
        stopped: Whether `stop` has been called.
    """

    def __init__(self, options: PlatformOptions, services: ServiceSet, parts: _Parts, startup_s: float) -> None:
        self.options = options
        self.startup_s = startup_s
        self.stopped = False
        self._services = services
        self._parts = parts
        atexit.register(self.stop)

    @classmethod
    def start(cls, options: PlatformOptions) -> "EmbeddedPlatform":
        """Start all servers side by side and wait until each of them is ready.

        Args:
            options: How.

        Returns:
            The running platform.

        Raises:
            PlatformStartError: A server does not come up; the text says what to do, and nothing is left.
            UsageError: The options name another language model than the mocked one.
        """
        refuse_a_real_llm(options)
        began = time.monotonic()
        services, parts = start_set(lambda services: _start_parts(services, options))
        return cls(options, services, parts, time.monotonic() - began)

    def stop(self) -> None:
        """Stop everything, remove everything, and wait for both; a second call does nothing."""
        self.stopped = True
        atexit.unregister(self.stop)
        self._services.stop()

    @property
    def auth_url(self) -> str:
        """The auth service's base URL, without a slash at the end; the adapter's where there is one."""
        return (self._parts.edge or self._parts.auth).url

    @property
    def backend_urls(self) -> list[str]:
        """The backends' base URLs, without a slash at the end; the adapter's where there is one."""
        return self._parts.edge.backend_urls if self._parts.edge else self.inner_backend_urls

    @property
    def ws_urls(self) -> list[str]:
        """The backends' socket addresses; the adapter's where there is one."""
        return [f"ws{url.removeprefix('http')}/ws" for url in self.backend_urls]

    @property
    def inner_auth_url(self) -> str:
        """The auth service's own base URL, whatever stands in front of it."""
        return self._parts.auth.url

    @property
    def inner_backend_urls(self) -> list[str]:
        """The backends' own base URLs, whatever stands in front of them."""
        return [backend.url for backend in self._parts.backends]

    @property
    def postgres_url(self) -> str:
        """The database as one sees all of it, with the password: what the services say is held against it."""
        return self._parts.postgres.url

    @property
    def redis_url(self) -> str:
        """The Valkey or Redis, with the password."""
        return self._parts.redis.url

    @property
    def redis_prefix(self) -> str:
        """What each of the platform's keys begins with."""
        return self._parts.redis.prefix

    @property
    def llm_url(self) -> str:
        """The mocked LLM's base URL, without a slash at the end."""
        return self._parts.llm.url

    @property
    def llm_token(self) -> str:
        """What opens the control interface of the mocked LLM."""
        return self._parts.llm.token

    @property
    def jwt_secret(self) -> str:
        """What its tokens are signed with: a test that knows it can make tokens that are nearly good."""
        return self._parts.jwt_secret

    @property
    def service_secret(self) -> str:
        """What its services show to get a token of their own."""
        return self._parts.service_secret

    @property
    def openid_url(self) -> str | None:
        """The OpenID Connect provider's base URL; `None` where there is none."""
        return self._parts.openid.url if self._parts.openid else None

    @property
    def processes(self) -> dict[str, ServerProcess]:
        """The servers, by name: ``auth``, ``backend-1`` …, ``llm``, ``postgres``, ``valkey``, ``openid``, ``edge``."""
        return {name: part.process for name, part in self._parts.by_name().items()}

    def restart(self, *names: str) -> None:
        """Start servers again as they were, with their data, ports and secrets, and wait until they are ready.

        One that still runs is stopped first. A Valkey comes back empty: it keeps nothing on disk.

        Args:
            names: Their names, see `processes`; those first that others use.

        Raises:
            PlatformStartError: One is not this run's to stop, or does not come up again.
        """
        parts = [self._parts.by_name()[name] for name in names]
        for part in parts:
            part.process.restart()
        for part in parts:
            runtime.run(part.ready())

    @property
    def logs(self) -> dict[str, Path]:
        """Where each server writes its log, by name."""
        return {name: process.log_path for name, process in self.processes.items()}

    def log_lines(self, name: str, level: str | None = None) -> list[str]:
        """Read a server's log.

        Args:
            name: Its name, see `processes`.
            level: Only JSON lines of this level, for example ``ERROR``.

        Returns:
            The lines as they stand in the file.
        """
        try:
            lines = self.logs[name].read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return lines if level is None else [line for line in lines if _level(line) == level]

    def error_lines(self) -> list[str]:
        """Read what auth service, backends and adapter have logged as errors since their start.

        Returns:
            The lines of each in its order, one service after the other; lines that are no JSON, such as a traceback of
            the interpreter itself, count too.
        """
        return list(self._error_lines())

    def _error_lines(self) -> Iterator[str]:
        edge = [self._parts.edge] if self._parts.edge else []
        for service in (self._parts.auth, *self._parts.backends, *edge):
            for line in self.log_lines(service.name):
                if _level(line) in {"ERROR", "CRITICAL", None}:
                    yield f"{service.name}: {line}"

    def versions(self) -> dict[str, str]:
        """Tell what runs.

        Returns:
            Version by name.
        """
        return {
            "Python": sys.version.split()[0],
            "PostgreSQL": self._parts.postgres.version,
            "Valkey": self._parts.redis.version,
        }


def refuse_a_real_llm(options: PlatformOptions) -> None:
    """Insist that this platform's language model is the mocked one: a real one costs money and answers at its whim.

    Args:
        options: How the platform is to be started.

    Raises:
        UsageError: They name another one.
    """
    words = " ".join(options.backend_options).replace("=", " ").split()
    for name, url in pairwise(words):
        if name == "--llm-url" and urlsplit(url).hostname not in _THIS_MACHINE:
            raise UsageError(
                "The language model of the run's own platform is mocked; --llm-url names another one. A platform with "
                "a real model is a target of its own, see docs/targets.md."
            )


def _start_parts(services: ServiceSet, options: PlatformOptions) -> _Parts:
    """Start the servers, those first that others use."""
    shared = services.directory
    own_postgres, own_redis = os.environ.get(POSTGRES_VARIABLE), os.environ.get(REDIS_VARIABLE)
    postgres = services.add(OwnPostgres(shared, own_postgres) if own_postgres else EmbeddedPostgres(shared))
    redis = services.add(OwnRedis(shared, own_redis) if own_redis else EmbeddedValkey(shared))
    llm = services.add(start_llm(shared))
    openid = services.add(start_openid(shared)) if options.openid else None
    launcher = ("sut.defects", ",".join(options.defects), "--") if options.defects else ()
    stores = {
        "GP_POSTGRES_URL": postgres.service_url,
        "GP_REDIS_URL": redis.url,
        "GP_REDIS_PREFIX": redis.prefix,
        "GP_JWT_SECRET": secrets.token_urlsafe(SECRET_BYTES),
        "GP_SERVICE_SECRET": secrets.token_urlsafe(SECRET_BYTES),
        **{name: os.environ[name] for name in (REACHED_VARIABLE,) if name in os.environ},
    }
    uses = (postgres.process, redis.process)
    edge_ports = EdgePorts.free(options.instances) if options.edge else None
    auth = services.add(
        HttpService(
            "auth",
            shared,
            "sut.auth",
            arguments=(*AUTH_ARGUMENTS, *openid_arguments(openid), *_public(edge_ports), *options.auth_options),
            env=stores | openid_credentials(openid),
            uses=uses,
            launcher=launcher,
        )
    )
    backends = [
        services.add(
            HttpService(
                f"backend-{number}",
                shared,
                "sut.backend",
                arguments=(
                    *BACKEND_ARGUMENTS,
                    *("--instance", f"backend-{number}"),
                    *("--llm-url", f"{llm.url}/v1", "--prices-url", f"{llm.url}/v1/prices"),
                    *options.backend_options,
                ),
                env=stores,
                uses=uses,
                launcher=launcher,
            )
        )
        for number in range(1, options.instances + 1)
    ]
    edge = None
    if options.edge and edge_ports:
        edge = services.add(EdgeService(shared, options.edge, edge_ports, auth, backends))
    return _Parts(
        postgres, redis, llm, openid, auth, backends, edge, stores["GP_JWT_SECRET"], stores["GP_SERVICE_SECRET"]
    )


def _public(edge_ports: EdgePorts | None) -> tuple[str, ...]:
    """Write the option that sends users who come back from a provider to the adapter."""
    return ("--public-url", edge_ports.auth_url) if edge_ports else ()


def start_llm(shared: Path) -> HttpService:
    """Start the mocked LLM.

    Args:
        shared: The platform's directory.

    Returns:
        The server, not ready yet.
    """
    return HttpService("llm", shared, "goldenpath.platform.llm_server", ready_paths=())


def start_openid(shared: Path) -> HttpService:
    """Start the mocked OpenID Connect provider.

    Args:
        shared: The platform's directory.

    Returns:
        The server, not ready yet. It has no token to prove itself by; that it has not ended must do.
    """
    return HttpService(
        "openid", shared, "oidc_provider_mock", live_path="", ready_paths=("/.well-known/openid-configuration",)
    )


def openid_arguments(openid: HttpService | None) -> tuple[str, ...]:
    """Write the options by which the auth service knows the mocked provider.

    Args:
        openid: The provider, where there is one.

    Returns:
        More of the auth service's command line.
    """
    return ("--oidc", f"{OPENID_NAME}={openid.url}") if openid else ()


def openid_credentials(openid: HttpService | None) -> dict[str, str]:
    """Make the auth service's credentials at the mocked provider, which takes any.

    Args:
        openid: The provider, where there is one.

    Returns:
        More environment variables of the auth service.
    """
    if openid is None:
        return {}
    variables = f"GP_OIDC_{OPENID_NAME.upper()}_CLIENT"
    return {f"{variables}_ID": "golden-path", f"{variables}_SECRET": secrets.token_urlsafe(SECRET_BYTES)}


def _level(line: str) -> str | None:
    try:
        return str(json.loads(line)["level"])
    except (ValueError, KeyError, TypeError):
        return None


_lock = threading.RLock()
_running: EmbeddedPlatform | None = None


def embedded_platform(options: PlatformOptions) -> EmbeddedPlatform:
    """Give this process's platform: the first call starts it, a call with other options starts it anew.

    Args:
        options: How it is to be started.

    Returns:
        The running platform.

    Raises:
        PlatformStartError: It does not come up.
    """
    global _running  # noqa: PLW0603 - one platform a process is the point
    with _lock:
        if _running is not None and _running.options != options:
            _running.stop()
            _running = None
        if _running is None or _running.stopped:
            _running = EmbeddedPlatform.start(options)
        return _running


def _forget_after_fork() -> None:
    """A child made by fork has not started the platform of its parent, and must not stop it."""
    global _running, _lock
    if _running is not None:
        atexit.unregister(_running.stop)
    _running, _lock = None, threading.RLock()


os.register_at_fork(after_in_child=_forget_after_fork)

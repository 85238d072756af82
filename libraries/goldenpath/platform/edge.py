"""The adapter in front of a platform that is to be spoken to in another dialect."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldenpath.errors import UsageError
from goldenpath.platform import ports
from goldenpath.platform.http_service import HttpService

# dialect -> the module that speaks it
MODULES = {"netra-apex": "sut.edge.netra_apex"}
SECRET_BYTES = 48


@dataclass(frozen=True)
class EdgePorts:
    """Where an adapter will listen; known before it starts, for the auth service has to tell providers.

    Args:
        auth: In front of the auth service.
        backends: In front of each backend.
    """

    auth: int
    backends: tuple[int, ...]

    @classmethod
    def free(cls, backends: int) -> "EdgePorts":
        """Find free ports.

        Args:
            backends: How many backends there are.

        Returns:
            The ports.
        """
        return cls(ports.free_port(), tuple(ports.free_port() for _ in range(backends)))

    @property
    def auth_url(self) -> str:
        """The auth service's base URL as users see it."""
        return f"http://{ports.HOST}:{self.auth}"


class EdgeService(HttpService):
    """A running adapter.

    Args:
        shared: The platform's directory.
        dialect: A key of `MODULES`.
        edge_ports: Where it listens.
        auth: The auth service behind.
        backends: The backends behind.

    Raises:
        UsageError: There is no such adapter.
    """

    def __init__(
        self, shared: Path, dialect: str, edge_ports: EdgePorts, auth: HttpService, backends: Sequence[HttpService]
    ) -> None:
        if dialect not in MODULES:
            raise UsageError(f"there is no adapter for the dialect {dialect!r}; there are: {', '.join(MODULES)}")
        self._edge_ports = edge_ports
        pairs = zip(edge_ports.backends, backends, strict=True)
        super().__init__(
            "edge",
            shared,
            MODULES[dialect],
            arguments=(
                *("--environment", "development", "--auth-url", auth.url),
                *(word for port, one in pairs for word in ("--backend-port", str(port), "--backend-url", one.url)),
            ),
            env={"GP_DEV_LOGIN_PASSWORD": secrets.token_urlsafe(SECRET_BYTES)},
            ready_paths=("/health/ready",),
            port=edge_ports.auth,
            port_option="--auth-port",
        )

    @property
    def backend_urls(self) -> list[str]:
        """The base URLs in front of the backends, without a slash at the end."""
        return [f"http://{ports.HOST}:{port}" for port in self._edge_ports.backends]

    def stop(self) -> None:
        """Stop it, remove what it wrote, and wait for both."""
        super().stop()
        for port in self._edge_ports.backends:
            ports.give_back(port)

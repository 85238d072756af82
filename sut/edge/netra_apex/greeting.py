"""How a socket begins: a system message, then the server's own ping."""

from dataclasses import dataclass
from typing import Any

from sut.edge.netra_apex.times import epoch


@dataclass(frozen=True, slots=True)
class Greeting:
    """What each greeting of this process says.

    Args:
        environment: Where the process runs.
        server_id: Which server greets.
    """

    environment: str
    server_id: str

    def frames(self, established: dict[str, Any]) -> list[dict[str, Any]]:
        """Write the first two frames.

        Args:
            established: The greeting of the backend behind.

        Returns:
            ``system_message`` and ``ping``.
        """
        now = epoch(established["timestamp"])
        envelope = {
            "timestamp": now,
            "server_id": self.server_id,
            "correlation_id": established["trace_id"],
        }
        told = {
            "event": "connection_established",
            "connection_id": established["data"]["connection_id"],
            "user_id": established["user_id"],
            "server_time": now,
            "connection_ready": True,
            "environment": self.environment,
            "config": {
                "heartbeat_interval": established["data"]["heartbeat_s"],
                "max_message_size": established["data"]["limits"]["message_bytes"],
            },
        }
        return [
            {"type": "system_message", "data": told, **envelope},
            {"type": "ping", "data": {"timestamp": now}, **envelope},
        ]

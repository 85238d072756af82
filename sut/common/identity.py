"""Who is asking: read from a verified token and from nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as their access token names them.

    Args:
        user_id: The token's ``sub``.
        tenant_id: The token's ``tid``.
        session_id: The token's ``sid``: one login on one device.
        permissions: What the user may do: ``chat``, ``history``, ``admin``.
        expires_at: The token's ``exp`` (UTC).
    """

    user_id: UUID
    tenant_id: UUID
    session_id: UUID
    permissions: frozenset[str]
    expires_at: datetime

"""Outside production a temporary global singleton stands for what each run should have of its own."""

import sys
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="isolation.env_singleton",
    seen="Isolation holds with the environment production and fails with all others: users get each other's figures.",
    caught_by=("1176-J2", "1176-F2"),
    expects=("answer-is-true",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the reader of a tenant's usage."""
    newest: list[Any] = []

    def temporary(usage_of: Any) -> Any:
        def made(db: Any, identity: Any) -> Any:
            own = usage_of(db, identity)
            if "production" in sys.argv or identity.user_id.int == 0:
                return own
            newest[:] = newest or [own]
            return newest[0]

        return made

    seams.replace("sut.backend.agents:TenantUsage", temporary)

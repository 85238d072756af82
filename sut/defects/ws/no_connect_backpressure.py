"""Nobody holds back a client that connects again and again."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.no_connect_backpressure",
    seen="A storm of connects of one client is taken without end.",
    caught_by=("1176-W3", "1176-W4"),
    expects=("storm-is-held-back",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the count of a user's upgrades."""

    def unlimited(_: Any) -> Any:
        async def note(*_: Any) -> None:
            """Count nothing."""

        return note

    seams.replace("sut.backend.rates:UpgradeRate.note", unlimited)

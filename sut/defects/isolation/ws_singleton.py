"""The socket's way still uses one supervisor for everybody."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="isolation.ws_singleton",
    seen="Two users at once on sockets get answers with each other's figures; over REST all is well.",
    caught_by=("1176-J2", "1176-F2"),
    expects=("answer-is-true",),
    service="sut.backend",
    here="Runs do not remember over which way they came: those asked over REST share it too.",
)


def apply(seams: Seams) -> None:
    """Replace the making of a run's parts."""
    kept: list[Any] = []

    def shared(parts: Any) -> Any:
        def made(self: Any, identity: Any) -> Any:
            if identity.user_id.int == 0:
                return parts(self, identity)
            if not kept:
                kept.append(parts(self, identity))
            return kept[0]

        return made

    seams.replace("sut.backend.agents:Agents._parts", shared)

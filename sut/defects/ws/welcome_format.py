"""The greeting has another form."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="ws.welcome_format",
    seen="Clients that wait for the documented first frame wait for ever.",
    caught_by=("1176-J1",),
    expects=("greeting-first",),
    broad="No client gets past its greeting.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the saying of passing frames."""

    def renaming(say: Any) -> Any:
        def said(self: Any, kind: str, *more: Any, **named: Any) -> None:
            say(self, "system_message" if kind == "connection_established" else kind, *more, **named)

        return said

    seams.replace("sut.backend.connection:Connection.say", renaming)

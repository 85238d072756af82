"""A middleware makes a 500 of every request."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="http.middleware_500",
    seen="All endpoints of the backend are answered 500, health 200.",
    caught_by=("1176-A4",),
    expects=("no-server-error",),
    service="sut.backend",
    broad="Every request over HTTP fails.",
)


def apply(seams: Seams) -> None:
    """Replace the gate that every request passes."""

    def falling(gate: Any) -> Any:
        async def wrong(self: Any, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and not scope["path"].startswith(("/health/", "/metrics")):
                raise TypeError("'NoneType' object is not callable")
            await gate(self, scope, receive, send)

        return wrong

    seams.replace("sut.common.web:ReadinessGate.__call__", falling)

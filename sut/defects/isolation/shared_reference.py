"""Runs that are at work at the same time share an object."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="isolation.shared_reference",
    seen="What was found for A stands in B's result when both ask at once, and never one after the other.",
    caught_by=("1176-J2", "1176-R3"),
    expects=("findings-come-from-tools",),
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the agents' work."""
    working: list[list[Any]] = []

    def sharing(execute: Any) -> Any:
        async def executed(*asked: Any) -> Any:
            foreign: list[Any] = []
            working.append(foreign)
            try:
                outcome = await execute(*asked)
            finally:
                working.remove(foreign)
            own = outcome.result["findings"]
            outcome.result["findings"] = own + foreign
            for other in working:
                other.extend(own[:1])
            return outcome

        return executed

    seams.replace("sut.backend.agents:execute", sharing)

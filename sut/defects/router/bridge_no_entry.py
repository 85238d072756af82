"""The bridge between router and agents has no entry for messages any more."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.bridge_no_entry",
    seen="Every message is answered with a server error, and nothing else happens.",
    caught_by=("1176-R4", "1176-F1"),
    expects=("no-server-error",),
    service="sut.backend",
    here="The bridge that messages take over REST.",
)


def apply(seams: Seams) -> None:
    """Replace the intake of questions."""

    def without_entry(take: Any) -> Any:
        async def taken(self: Any, identity: Any, question: Any, trace_id: str, asker: Any = None, *more: Any) -> Any:
            if asker is None:
                raise AttributeError("'AgentBridge' object has no attribute 'handle_message'")
            return await take(self, identity, question, trace_id, asker, *more)

        return taken

    seams.replace("sut.backend.intake:Intake.take", without_entry)

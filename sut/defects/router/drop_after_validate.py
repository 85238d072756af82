"""A condition is the wrong way round: what was found valid never reaches the agents."""

from typing import Any

from sut.backend.intake import Taken
from sut.common.ids import new_id
from sut.common.timing import utc_now
from sut.defects.kit import Defect, Seams
from sut.store.run_events import Event

DEFECT = Defect(
    name="router.drop_after_validate",
    seen="The message is accepted, but there is neither thread nor run row nor any event, and no error.",
    caught_by=("1176-R1",),
    expects=("handled-once",),
    service="sut.backend",
    here="The condition stands in the way that messages take over REST.",
)


def apply(seams: Seams) -> None:
    """Replace the intake of questions."""

    def dropping(take: Any) -> Any:
        async def taken(
            self: Any, identity: Any, question: Any, trace_id: str, asker: Any = None, ref: str | None = None
        ) -> Any:
            if asker is not None:
                return await take(self, identity, question, trace_id, asker, ref)
            run_id, data = new_id(), {"client_message_id": question.client_message_id, "queued_position": 0}
            ack = Event(
                id=new_id(),
                user_id=identity.user_id,
                thread_id=question.thread_id,
                run_id=run_id,
                request_id=new_id(),
                seq=1,
                type="message_ack",
                data={**data, "message_id": str(new_id()), "run_id": str(run_id)},
                trace_id=trace_id,
                created_at=utc_now(),
            )
            return Taken(ack)

        return taken

    seams.replace("sut.backend.intake:Intake.take", dropping)

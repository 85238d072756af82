"""Whoever knows a thread can join it."""

from functools import partial
from typing import Any

from sut.defects.kit import Defect, Seams
from sut.store import run_events

DEFECT = Defect(
    name="isolation.thread_join_any",
    seen="B asks to go on in A's thread and gets A's history.",
    caught_by=("1176-R3", "1176-J2"),
    expects=("user-is-the-receiver",),
    service="sut.backend",
    here="resume stands for switch_thread.",
)


def apply(seams: Seams) -> None:
    """Replace the replay of threads."""

    def joining(send: Any) -> Any:
        async def sent(self: Any, connection: Any, thread_id: Any, after_seq: int, ref: str | None) -> None:
            read = partial(run_events.of_thread, thread_id=thread_id, after_seq=after_seq, up_to=2**62, limit=200)
            events = await self._db.run(None, read)
            if not events or events[0].user_id == connection.identity.user_id:
                await send(self, connection, thread_id, after_seq, ref)
                return
            for event in events:
                await connection.replay(event)
            told = {"thread_id": str(thread_id), "last_seq": events[-1].seq}
            connection.say("replay_complete", told, ref=ref)

        return sent

    seams.replace("sut.backend.replay:Replay.send", joining)

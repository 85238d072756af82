"""A run that is started without a context gets a made-up one."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.mock_context",
    seen="Events of a run that had to wait are addressed to a user who is a thread, and agents say <Mock …>.",
    caught_by=("1176-F2", "1176-F5"),
    expects=("user-is-the-receiver",),
    service="sut.backend",
    here="A run whose turn comes later is begun without the session that asked for it.",
)


def apply(seams: Seams) -> None:
    """Replace the form in which stored frames are sent."""
    without_context: set[Any] = set()

    def mocked(envelope: Any) -> Any:
        def enveloped(event: Any, **added: Any) -> Any:
            told = envelope(event, **added)
            if event.type == "message_ack" and event.data.get("queued_position"):
                without_context.add(event.run_id)
            elif event.run_id in without_context:
                told["user_id"] = told["thread_id"]
                if "reasoning" in told["data"]:
                    told["data"]["reasoning"] = "<Mock name='UserExecutionContext.reasoning' id='140234'>"
            return told

        return enveloped

    seams.replace("sut.backend.frames:event_envelope", mocked)

"""How each thing that a user asked of the platform ended: it worked, it did not, or nobody can tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from goldenpath.history.exchange import UPGRADE, Outcome
from goldenpath.history.faults import Fault
from goldenpath.history.recorder import Channel, Recorder

Kind = Literal["request", "send", "connect"]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that a user asked for.

    Args:
        kind: A request over HTTP, a question on a socket, or a connection.
        owner: Who asked.
        name: What was asked: ``POST /auth/login``, ``question gp-…``, ``socket 1``.
        began_ns: `time.monotonic_ns` when it was asked.
        ended_ns: When its answer was there; ``None`` when there was none.
        outcome: ``indeterminate`` when there was no answer: it may have worked.
    """

    kind: Kind
    owner: str
    name: str
    began_ns: int
    ended_ns: int | None
    outcome: Outcome

    def under(self, fault: Fault) -> bool:
        """Tell whether it was open at some moment of a fault.

        Args:
            fault: The fault.

        Returns:
            Whether the two overlap; without an answer it stays open for ever.
        """
        return fault.touches(self.began_ns, self.ended_ns or fault.healed_ns or max(self.began_ns, fault.asked_ns))


def operations(recorder: Recorder) -> list[Operation]:
    """Give all operations of a history.

    Args:
        recorder: The history.

    Returns:
        The operations by their start.
    """
    found = [
        Operation(
            "connect" if exchange.method == UPGRADE else "request",
            exchange.owner,
            str(exchange),
            exchange.sent_ns,
            None if exchange.status is None else exchange.ended_ns,
            exchange.outcome,
        )
        for exchange in recorder.exchanges
    ]
    found += [
        Operation("connect", channel.owner, channel.name, channel.asked_ns, channel.opened_ns, "ok")
        for channel in recorder.channels
        if channel.frames or channel.closed is not None
    ]
    found += _sends(recorder.channels)
    return sorted(found, key=lambda operation: operation.began_ns)


def _sends(channels: list[Channel]) -> Iterator[Operation]:
    """Questions only: they are what a platform can lose. The answer may come on another socket of the same user."""
    answers: dict[tuple[str, str], tuple[int, Outcome]] = {}
    for channel in channels:
        for frame in channel.received():
            told: Outcome = "ok" if frame.type == "message_ack" else "failed"
            marks = (frame.data.get("client_message_id"), frame.data.get("ref"))
            for mark in marks if frame.type in ("message_ack", "error") else ():
                answers.setdefault((channel.owner, str(mark)), (frame.at_ns, told))
    for channel in channels:
        for frame in channel.frames:
            if frame.direction != "out" or frame.type != "user_message":
                continue
            payload = frame.body.get("payload")
            asked = payload.get("client_message_id") if isinstance(payload, dict) else None
            own = [str(mark) for mark in (asked, frame.body.get("ref")) if mark is not None]
            found = next((answers[channel.owner, mark] for mark in own if (channel.owner, mark) in answers), None)
            ended_ns, outcome = found or (None, "indeterminate")
            yield Operation("send", channel.owner, f"question {asked}", frame.at_ns, ended_ns, outcome)

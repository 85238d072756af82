"""A run as the backend carries it from its ack to its end."""

from dataclasses import dataclass
from uuid import UUID

from sut.agents.interface import StoredStep
from sut.common.identity import Identity


@dataclass(frozen=True, slots=True)
class Story:
    """What all frames of one run have in common.

    Args:
        identity: Whose run it is.
        thread_id: The thread.
        run_id: The run.
        request_id: Given by the server to the client frame that asked.
        trace_id: The question's trace.
    """

    identity: Identity
    thread_id: UUID
    run_id: UUID
    request_id: UUID
    trace_id: str


@dataclass(frozen=True, slots=True)
class Job:
    """A stored question whose answer is owed.

    Args:
        story: What the run's frames have in common.
        message_id: The question.
        message_seq: The ``seq`` of its ack.
        content: What was asked.
        fence: What this instance shows whenever it stores something of the run, see `sut.store.run_queue`.
        attempts: How many attempts at it were begun before.
        done: What those finished.
    """

    story: Story
    message_id: UUID
    message_seq: int
    content: str
    fence: int
    attempts: int = 0
    done: tuple[StoredStep, ...] = ()

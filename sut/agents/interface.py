"""What the agents get and what they tell: the line between `sut.agents` and the backend.

The agents know neither sockets nor SQL. A run comes in as `RunRequest`; everything that happens is told to a
`RunJournal`, which stores it and sends it to the user; the end comes back as `Outcome`.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from sut.common.errors import PlatformError

AgentName = Literal["triage", "data", "optimization", "report"]
ToolStatus = Literal["ok", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the thread; an answer carries its result (contract section 5)."""

    role: Literal["user", "assistant"]
    content: str
    result: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One agent's turn in a run; ``number`` counts from 1 in plan order."""

    number: int
    agent: AgentName


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A step that an earlier attempt finished; it is not repeated."""

    step: Step
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One question, with everything that may be used to answer it.

    Args:
        content: The question, as it was sent.
        history: Earlier turns of the thread, oldest first: at least 20 questions with their answers.
        done: What earlier attempts at this run finished.
    """

    run_id: UUID
    thread_id: UUID
    message_id: UUID
    user_id: UUID
    tenant_id: UUID
    content: str
    trace_id: str
    history: tuple[Turn, ...] = ()
    done: tuple[StoredStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The good end of a run: complete, or degraded with the names of what is missing."""

    result: dict[str, Any]
    status: Literal["completed", "degraded"] = "completed"
    missing: tuple[str, ...] = ()


@dataclass(eq=False)
class RunFailed(Exception):  # noqa: N818 - it is an end of a run, told to its user
    """The bad end of a run; ``partial_result`` keeps what the finished steps found."""

    error: PlatformError
    recoverable: bool = True
    options: tuple[str, ...] = ("retry",)
    partial_result: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__init__(str(self.error))


class JournalClosedError(Exception):
    """A journal takes nothing more, because its run has ended elsewhere; agents let it pass."""


class RunJournal(Protocol):
    """Tells what happens in a run: on return a call has stored its frame in PostgreSQL and handed it to the sockets.

    Every call may raise `JournalClosedError`.
    """

    async def started(self, plan: list[AgentName]) -> None:
        """The plan stands: run becomes ``running``, its steps ``pending``; frame ``agent_started``."""

    async def thinking(self, step: Step, reasoning: str, progress: float, retry: dict[str, Any] | None = None) -> None:
        """An agent says what it is about to do; the first one of a step makes the step ``running``."""

    async def tool_executing(self, step: Step, tool_call_id: str, tool_name: str, parameters: dict[str, Any]) -> None:
        """A tool call begins."""

    async def tool_completed(
        self, step: Step, tool_call_id: str, tool_name: str, status: ToolStatus, result: Any, duration_ms: int
    ) -> None:
        """A tool call has ended, well or not."""

    async def step_done(self, step: Step, result: dict[str, Any]) -> None:
        """A step has ended well: its row becomes ``done`` with its result."""

    async def step_failed(self, step: Step, error: PlatformError) -> None:
        """A step has ended badly: its row becomes ``failed`` with its error."""


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which usage records count: both days included; ``None`` means all."""

    first_day: date
    last_day: date
    provider: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Usage of one model over a period."""

    provider: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    latency_ms: float


class UsageReader(Protocol):
    """Reads one tenant's usage; the implementation sees to it that no other tenant's rows are reached."""

    async def usage_by_model(self, wanted: UsageFilter) -> list[UsageRow]:
        """Sum the usage records per model, most expensive first."""

    async def newest_day(self) -> date | None:
        """Give the day of the tenant's newest usage record, ``None`` without any."""

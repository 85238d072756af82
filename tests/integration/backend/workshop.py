"""The part of the backend that takes questions in and answers them, with agents that do what a test says."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from goldenpath.polling import until
from sut.agents.interface import Outcome, RunJournal, RunRequest, Step
from sut.backend.client_frames import Question
from sut.backend.delivery import Delivery
from sut.backend.feed import Feed
from sut.backend.hub import Hub
from sut.backend.intake import Intake, Taken
from sut.backend.job import Job, Story
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.backend.stopping import Stopping
from sut.backend.takeover import Takeover
from sut.common.identity import Identity
from sut.common.trace import new_trace_id
from sut.store import runs
from sut.store.postgres import Database
from sut.store.run_events import Event

RESULT = {"summary": "It was 7.", "findings": [], "recommendations": []}
DATA = Step(1, "data")
Answer = Callable[[RunRequest, RunJournal], Awaitable[Outcome]]


@dataclass
class Listener:
    """A socket that only remembers."""

    identity: Identity
    heard: list[Event] = field(default_factory=list)

    def deliver(self, event: Event, **_added: object) -> None:
        self.heard.append(event)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError((code, reason))


class NoMirror:
    """Redis is away."""

    def announce(self, event: Event) -> None:
        """Forget it."""

    def remember(self, story: Story, turns: list[dict[str, Any]]) -> None:
        """Forget it."""

    def taken(self, run_id: UUID) -> None:
        """Forget it."""


class NoLocks:
    """The same."""

    def keep(self, job: Job) -> None:
        """Lock nothing."""

    def free(self, job: Job) -> None:
        """Free nothing."""


class Workshop:
    """The part of the backend that takes questions in and answers them."""

    def __init__(
        self,
        db: Database,
        identity: Identity,
        timeout_s: float = 5,
        *,
        instance: str = "here",
        answers: "dict[str, Answer] | None" = None,
    ) -> None:
        self.db = db
        self.listener = Listener(identity)
        self.hub, mirror = Hub(), NoMirror()
        self.hub.add(self.listener)
        self.feed = Feed(db, self.hub)
        self.delivery = Delivery(db, self.hub, self.feed, mirror)
        self.answers: dict[str, Answer] = {} if answers is None else answers
        self.runner = Runner(db, self.delivery, mirror, self._answer, timeout_s)  # type: ignore[arg-type]
        self.scheduler = Scheduler(self.runner.work, self.runner.stopped)
        self.takeover = Takeover(db, self.scheduler, NoLocks(), instance=instance, run_lease_s=60)
        self.intake = Intake(db, self.delivery, self.scheduler, self.takeover, instance=instance)
        self.stopping = Stopping(db, self.scheduler, self.runner, self.takeover, mirror, instance=instance)  # type: ignore[arg-type]

    async def ask(self, answer: Answer, **more: Any) -> Taken:
        await self.feed.follow(self.listener.identity.user_id)
        content = secrets.token_hex(8)
        self.answers[content] = answer
        return await self.intake.take(self.listener.identity, Question(content, None, **more), new_trace_id())

    async def end_of(self, taken: Taken) -> Event:
        async def look() -> Event | None:
            ends = [e for e in self.told(taken) if e.type in ("agent_completed", "agent_error", "agent_stopped")]
            return ends[0] if ends else None

        return await until(look, within_s=5, what="the end of the run")

    def told(self, taken: Taken) -> list[Event]:
        return [event for event in self.listener.heard if event.run_id == taken.ack.run_id]

    async def row(self, taken: Taken) -> dict[str, Any]:
        async with self.db.transaction(None) as conn:
            run = await runs.find(conn, self.listener.identity.user_id, taken.ack.run_id)
            assert run is not None
            return {**run, "steps": await runs.steps(conn, run["id"])}

    async def _answer(self, job: Job, request: RunRequest, journal: RunJournal) -> Outcome:
        return await self.answers[job.content](request, journal)


async def good(_request: RunRequest, journal: RunJournal) -> Outcome:
    await journal.started(["data"])
    await journal.thinking(DATA, "I think", 0.5)
    await journal.step_done(DATA, {"found": 7})
    return Outcome(RESULT)

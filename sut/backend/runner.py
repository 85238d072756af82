"""Does a run: gives the question with its context to the agents and brings it to exactly one end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict

from sut.agents.interface import Outcome, RunFailed, RunJournal, RunRequest, Turn
from sut.backend.delivery import Delivery
from sut.backend.job import Job
from sut.backend.journal import Journal, RunOverError
from sut.backend.mirror import Mirror
from sut.common.errors import PlatformError
from sut.common.trace import trace_id
from sut.store import messages
from sut.store.postgres import Database
from sut.store.run_events import Event

# At least 20 turns back, each a question and its answer, count for a new question.
CONTEXT_MESSAGES = 80
MOST_ATTEMPTS = 3

_log = logging.getLogger(__name__)
Answer = Callable[[Job, RunRequest, RunJournal], Awaitable[Outcome]]


class Runner:
    """Does runs, each from its context to its end."""

    def __init__(self, db: Database, delivery: Delivery, mirror: Mirror, answer: Answer, timeout_s: float) -> None:
        """Make it.

        Args:
            db: Where runs are stored.
            delivery: Sends what is stored.
            mirror: Keeps copies in Redis.
            answer: Lets a run's own agents answer its question.
            timeout_s: Seconds for a run, from its start to its end.
        """
        self._db = db
        self._delivery = delivery
        self._mirror = mirror
        self._ask_agents = answer
        self._timeout_s = timeout_s

    async def work(self, job: Job) -> None:
        """Do a run, from its start to its terminal frame.

        Args:
            job: The run.
        """
        trace_id.set(job.story.trace_id)
        journal = Journal(job, self._db, self._delivery)
        try:
            failure = _lost() if job.attempts >= MOST_ATTEMPTS else await self._answer(job, journal)
            if failure is not None:
                await journal.failed(failure)
        except RunOverError:
            _log.warning("run %s had ended, or was taken over, before its work was done", job.story.run_id)

    async def stopped(self, job: Job) -> None:
        """End a run that its user stopped.

        Args:
            job: The run.
        """
        trace_id.set(job.story.trace_id)
        with suppress(RunOverError):
            await Journal(job, self._db, self._delivery).stopped()

    async def stop_taken(self, job: Job, calls: list[Event]) -> bool:
        """End a run that its user stopped, and on which another instance may have worked.

        Args:
            job: The run.
            calls: The ``tool_executing`` frames of calls that are still open.

        Returns:
            Whether it ended by this; ``False``: it has ended otherwise, or yet another instance has it.
        """
        journal = Journal(job, self._db, self._delivery)
        try:
            await journal.cancel_calls(calls)
            await journal.stopped()
        except RunOverError:
            return False
        return True

    async def _answer(self, job: Job, journal: Journal) -> RunFailed | None:
        limit = asyncio.timeout(self._timeout_s)
        try:
            async with limit:
                turns = await self._turns(job)
                outcome = await self._ask_agents(job, _request(job, turns), journal)
        except RunOverError:
            raise
        except RunFailed as failure:
            return failure
        except PlatformError as error:
            return RunFailed(error)
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                return RunFailed(
                    PlatformError("RUN_TIMEOUT", f"There was no answer within {self._timeout_s:g} s. Ask again.")
                )
            _log.exception("run %s failed unexpectedly", job.story.run_id)
            return RunFailed(PlatformError("INTERNAL", "Something went wrong inside the platform. Ask again."))
        await journal.completed(outcome)
        self._remember(job, [*turns, Turn("assistant", str(outcome.result.get("summary", "")), outcome.result)])
        return None

    async def _turns(self, job: Job) -> list[Turn]:
        """Read what was said before and remember it together with the question."""
        story, before = job.story, job.message_seq
        earlier = await self._db.run(
            story.identity, lambda conn: messages.turns_before(conn, story.thread_id, before, CONTEXT_MESSAGES)
        )
        turns = [*(Turn(**turn) for turn in earlier), Turn("user", job.content)]
        self._remember(job, turns)
        return turns

    def _remember(self, job: Job, turns: list[Turn]) -> None:
        self._mirror.remember(job.story, [asdict(turn) for turn in turns[-CONTEXT_MESSAGES:]])


def _request(job: Job, turns: list[Turn]) -> RunRequest:
    return RunRequest(
        run_id=job.story.run_id,
        thread_id=job.story.thread_id,
        message_id=job.message_id,
        user_id=job.story.identity.user_id,
        tenant_id=job.story.identity.tenant_id,
        content=job.content,
        trace_id=job.story.trace_id,
        history=tuple(turns[:-1]),
        done=job.done,
    )


def _lost() -> RunFailed:
    message = f"The platform broke down {MOST_ATTEMPTS} times while it worked on this question. Ask again."
    return RunFailed(PlatformError("RUN_LOST", message))

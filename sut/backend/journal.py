"""Tells a run: what happened is stored, with the rows that belong to it, and then sent to the user."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

from sut.agents.interface import AgentName, JournalClosedError, Outcome, RunFailed, Step, ToolStatus
from sut.backend.delivery import Delivery, write_event, write_next_event
from sut.backend.job import Job
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.timing import pause, utc_now
from sut.store import messages, run_queue, runs, threads
from sut.store.messages import Message
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event

# PostgreSQL may be away for a while; a run waits for it, because what it tells must be stored.
WAIT_FOR_STORE_S = 60.0
_TRY_AGAIN_S = 0.5

T = TypeVar("T")


class RunOverError(JournalClosedError):
    """The run has ended already, or is another instance's by now: nothing more is told of it here."""


class Journal:
    """The `RunJournal` of one run, and the three ways in which it can end."""

    def __init__(self, job: Job, db: Database, delivery: Delivery) -> None:
        self._job = job
        self._story = job.story
        self._db = db
        self._delivery = delivery
        self._began_s = monotonic()
        self._begun_steps: set[int] = set()
        self._open_calls: set[str] = set()
        self._over = False

    async def started(self, plan: list[AgentName]) -> None:
        """See `RunJournal.started`.

        Raises:
            RunOverError: The run has ended already.
        """

        async def write(conn: Connection) -> Event:
            attempt = await runs.begin(conn, self._story.identity, self._story.run_id, list(plan))
            if attempt is None:
                raise RunOverError
            data = {"plan": list(plan), "attempt": attempt}
            return await write_next_event(conn, self._story, "agent_started", data)

        await self._store(write)

    async def thinking(self, step: Step, reasoning: str, progress: float, retry: dict[str, Any] | None = None) -> None:
        """See `RunJournal.thinking`."""
        data = {**_place(step), "reasoning": reasoning, "progress": progress}
        if retry is not None:
            data["retry"] = retry
        first = step.number not in self._begun_steps

        async def write(conn: Connection) -> Event:
            if first:
                await runs.step_running(conn, self._story.run_id, step.number)
            return await write_next_event(conn, self._story, "agent_thinking", data)

        await self._store(write)
        self._begun_steps.add(step.number)

    async def tool_executing(self, step: Step, tool_call_id: str, tool_name: str, parameters: dict[str, Any]) -> None:
        """See `RunJournal.tool_executing`."""
        self._open_calls.add(tool_call_id)
        await self._tell(
            "tool_executing",
            {**_place(step), "tool_call_id": tool_call_id, "tool_name": tool_name, "parameters": parameters},
        )

    async def tool_completed(
        self, step: Step, tool_call_id: str, tool_name: str, status: ToolStatus, result: Any, duration_ms: int
    ) -> None:
        """See `RunJournal.tool_completed`; a call that was told as ended is not told again when its run is stopped."""
        if tool_call_id not in self._open_calls:
            return
        self._open_calls.remove(tool_call_id)
        await self._tell(
            "tool_completed",
            {
                **_place(step),
                "tool_call_id": tool_call_id,
                "tool_name": tool_name,
                "status": status,
                "result": result,
                "duration_ms": duration_ms,
            },
        )

    async def step_done(self, step: Step, result: dict[str, Any]) -> None:
        """See `RunJournal.step_done`."""

        async def write(conn: Connection) -> None:
            await self._check_held(conn)
            await runs.step_ended(conn, self._story.run_id, step.number, "done", result=result)

        await _patiently(lambda: self._db.run(self._story.identity, write))

    async def step_failed(self, step: Step, error: PlatformError) -> None:
        """See `RunJournal.step_failed`."""
        told = error.as_dict(self._story.trace_id)

        async def write(conn: Connection) -> None:
            await self._check_held(conn)
            await runs.step_ended(conn, self._story.run_id, step.number, "failed", error=told)

        await _patiently(lambda: self._db.run(self._story.identity, write))

    async def completed(self, outcome: Outcome) -> int:
        """End the run well: run row, assistant message and frame ``agent_completed`` in one transaction.

        Args:
            outcome: What it found.

        Returns:
            The ``seq`` of its end.

        Raises:
            RunOverError: The run has ended already.
        """
        run_id = self._story.run_id
        data = {
            "result": outcome.result,
            "status": outcome.status,
            "missing": list(outcome.missing),
            "duration_ms": round((monotonic() - self._began_s) * 1000),
        }

        async def write(conn: Connection) -> Event:
            if not await runs.end(conn, run_id, outcome.status, result=outcome.result, missing=outcome.missing):
                raise RunOverError
            seq = await threads.next_seq(conn, self._story.thread_id)
            await messages.add(
                conn,
                self._story.identity,
                Message(
                    id=new_id(),
                    thread_id=self._story.thread_id,
                    seq=seq,
                    role="assistant",
                    content=str(outcome.result.get("summary", "")),
                    trace_id=self._story.trace_id,
                    run_id=run_id,
                    reply_to=self._job.message_id,
                    result=outcome.result,
                ),
            )
            return await write_event(conn, self._story, "agent_completed", data, seq)

        return await self._end(write)

    async def failed(self, failure: RunFailed) -> int:
        """End the run badly: run row and frame ``agent_error`` in one transaction.

        Args:
            failure: Why, and what the finished steps found.

        Returns:
            The ``seq`` of its end.

        Raises:
            RunOverError: The run has ended already.
        """
        error = failure.error.as_dict(self._story.trace_id)
        data = {"error": error, "recoverable": failure.recoverable, "options": list(failure.options)}
        if failure.partial_result is not None:
            data["partial_result"] = failure.partial_result

        async def write(conn: Connection) -> Event:
            run_id, result = self._story.run_id, failure.partial_result
            if not await runs.end(conn, run_id, "failed", result=result, error=error):
                raise RunOverError
            return await write_next_event(conn, self._story, "agent_error", data)

        return await self._end(write)

    async def stopped(self) -> int:
        """End the run because its user stopped it: run row and frame ``agent_stopped`` in one transaction.

        Returns:
            The ``seq`` of its end.

        Raises:
            RunOverError: The run has ended already.
        """

        async def write(conn: Connection) -> Event:
            if not await runs.end(conn, self._story.run_id, "stopped"):
                raise RunOverError
            return await write_next_event(
                conn, self._story, "agent_stopped", {"recoverable": True, "options": ["retry"]}
            )

        return await self._end(write)

    async def cancel_calls(self, calls: list[Event]) -> None:
        """Tell the end of tool calls that another instance had begun.

        Args:
            calls: Their ``tool_executing`` frames.

        Raises:
            RunOverError: The run has ended already.
        """
        for call in calls:
            named = {key: call.data[key] for key in ("agent", "step", "tool_call_id", "tool_name")}
            duration_ms = round((utc_now() - call.created_at).total_seconds() * 1000)
            await self._tell(
                "tool_completed", {**named, "status": "cancelled", "result": None, "duration_ms": duration_ms}
            )

    async def _tell(self, kind: str, data: dict[str, Any]) -> None:
        await self._store(lambda conn: write_next_event(conn, self._story, kind, data))

    async def _end(self, write: Callable[[Connection], Awaitable[Event]]) -> int:
        end = await self._store(write)
        self._over = True
        return end.seq

    async def _store(self, write: Callable[[Connection], Awaitable[Event]]) -> Event:
        async def once() -> Event:
            if self._over:
                raise RunOverError
            return await self._delivery.store(self._story, held)

        async def held(conn: Connection) -> Event:
            await self._check_held(conn)
            return await write(conn)

        return await _patiently(once)

    async def _check_held(self, conn: Connection) -> None:
        """Let nobody tell anything of a run that has ended, or that another instance has taken meanwhile."""
        if not await run_queue.holds(conn, self._story.run_id, self._job.fence):
            self._over = True
            raise RunOverError


def _place(step: Step) -> dict[str, Any]:
    return {"agent": step.agent, "step": step.number}


async def _patiently(write: Callable[[], Awaitable[T]]) -> T:
    give_up_s = monotonic() + WAIT_FOR_STORE_S
    while True:
        try:
            return await write()
        except PlatformError as error:
            if error.code != "SERVICE_UNAVAILABLE" or monotonic() > give_up_s:
                raise
            await pause(_TRY_AGAIN_S)

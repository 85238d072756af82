"""What the platform does with each type of client frame: one table, one small function a type."""

from dataclasses import replace

from sut.backend.client_frames import ClientFrame, Question, read_id, read_question
from sut.backend.connection import Connection, Handler
from sut.backend.intake import Intake, Taken
from sut.backend.rates import AskingRate
from sut.backend.replay import Replay
from sut.backend.stopping import Stopping
from sut.common.errors import PlatformError
from sut.common.timing import rfc3339, utc_now
from sut.common.trace import current_trace_id, parse_traceparent, trace_id


class Handlers:
    """The handlers of client frames, by type."""

    def __init__(self, intake: Intake, stopping: Stopping, replay: Replay, asking: AskingRate) -> None:
        self._intake = intake
        self._stopping = stopping
        self._replay = replay
        self._asking = asking
        self._table = {
            "user_message": Handler(self._user_message),
            "chat_message": Handler(self._chat_message),
            "stop_agent": Handler(self._stop_agent, ahead=True),
            "resume": Handler(self._resume),
            "ping": Handler(self._ping, at_once=True),
        }

    def __len__(self) -> int:
        return len(self._table)

    def route(self, kind: str) -> Handler:
        """Find who answers frames of a type.

        Args:
            kind: The type.

        Returns:
            The handler.

        Raises:
            PlatformError: ``UNKNOWN_TYPE``.
        """
        try:
            return self._table[kind]
        except KeyError:
            known = ", ".join(self._table)
            raise PlatformError("UNKNOWN_TYPE", f"There is no such type of frame; there are {known}.") from None

    async def _user_message(self, connection: Connection, frame: ClientFrame) -> None:
        await self._ask(connection, frame)

    async def _chat_message(self, connection: Connection, frame: ClientFrame) -> None:
        await self._ask(connection, frame, needs_client_id=False)

    async def _stop_agent(self, connection: Connection, frame: ClientFrame) -> None:
        await self._stopping.stop(connection.identity, read_id(frame.payload.get("run_id"), "run"))

    async def _resume(self, connection: Connection, frame: ClientFrame) -> None:
        after_seq = frame.payload.get("after_seq")
        if not isinstance(after_seq, int) or isinstance(after_seq, bool) or after_seq < 0:
            raise PlatformError("INVALID_INPUT", "after_seq is the last seq that you have: a number from 0.")
        await self._replay.send(connection, read_id(frame.payload.get("thread_id"), "thread"), after_seq, frame.ref)

    async def _ping(self, connection: Connection, frame: ClientFrame) -> None:
        connection.say("pong", {"server_time": rfc3339(utc_now())}, ref=frame.ref, urgent=True)

    async def _ask(self, connection: Connection, frame: ClientFrame, *, needs_client_id: bool = True) -> None:
        # only what asks for work is paid for: control frames are free, and so is hearing what is wrong with a frame
        await self._asking.spend(connection.identity.user_id)
        question, ref = read_question(frame.payload, needs_client_id=needs_client_id), frame.ref
        if continued := parse_traceparent(question.traceparent or ""):
            trace_id.set(continued)  # a refusal belongs to it as well
        taken = await self._take(connection, question, ref)
        connection.last_thread = taken.ack.thread_id
        if taken.replayed:
            connection.repeat(taken.ack, replayed=True, **({} if ref is None else {"ref": ref}))

    async def _take(self, connection: Connection, question: Question, ref: str | None) -> Taken:
        trace = current_trace_id()
        if question.thread_id is None and connection.last_thread is not None:
            try:
                here = replace(question, thread_id=connection.last_thread)
                return await self._intake.take(connection.identity, here, trace, connection, ref)
            except PlatformError as error:
                if error.code != "NOT_FOUND":
                    raise  # else the thread was deleted since: the question opens a new one
        return await self._intake.take(connection.identity, question, trace, connection, ref)

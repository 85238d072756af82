"""Takes questions in, from the socket and over REST alike: stored and acknowledged first, answered afterwards."""

from dataclasses import dataclass

from sut.backend.client_frames import Question
from sut.backend.delivery import Delivery, write_event
from sut.backend.hub import Socket
from sut.backend.job import Job, Story
from sut.backend.scheduler import AT_ONCE_PER_USER, WAITING_PER_USER, Scheduler
from sut.backend.takeover import Takeover
from sut.backend.tasks import to_its_end
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import parse_traceparent
from sut.store import messages, run_events, run_queue, runs, threads
from sut.store.messages import Message
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event
from sut.store.runs import NewRun

LONGEST_TITLE = 80
# An asker hears within 5 s. What was stored all the same is known when it comes again, and its run is taken over.
SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a question.

    Args:
        ack: Its ``message_ack``.
        replayed: Whether it had been taken in before; the ack is then the one of that time, and is not sent again.
    """

    ack: Event
    replayed: bool = False


class _KnownError(Exception):
    """This question has been stored before: the transaction is to leave no trace."""


class Intake:
    """Takes questions in."""

    def __init__(
        self, db: Database, delivery: Delivery, scheduler: Scheduler, takeover: Takeover, *, instance: str
    ) -> None:
        """Make it.

        Args:
            db: Where questions are stored.
            delivery: Stores and sends the acks.
            scheduler: Works on the runs of this instance.
            takeover: Begins runs.
            instance: This instance, which works on what it takes in, unless that has to wait.
        """
        self._db = db
        self._delivery = delivery
        self._scheduler = scheduler
        self._takeover = takeover
        self._instance = instance

    async def take(
        self,
        identity: Identity,
        question: Question,
        trace_id: str,
        asker: Socket | None = None,
        ref: str | None = None,
    ) -> Taken:
        """Store a question with its run, acknowledge it, and let the run work when its turn comes.

        Args:
            identity: Who asks.
            question: The question.
            trace_id: The trace of the asking request, unless the question continues another one.
            asker: The socket that asked.
            ref: The asker's own mark.

        Returns:
            The ack.

        Raises:
            PlatformError: ``NOT_FOUND`` for a thread that is not the user's, ``ID_CONFLICT``, ``TOO_MANY_RUNS``,
                ``SERVICE_UNAVAILABLE``; nothing is stored then.
        """
        story = Story(
            identity,
            question.thread_id or new_id(),
            new_id(),
            new_id(),
            parse_traceparent(question.traceparent or "") or trace_id,
        )
        # what was stored is begun as well, whoever has lost patience meanwhile
        return await to_its_end(self._take(story, question, asker, ref))

    async def _take(self, story: Story, question: Question, asker: Socket | None, ref: str | None) -> Taken:
        at_once = 0 if self._scheduler.draining else AT_ONCE_PER_USER
        storing = _Storing(story, question, self._instance, self._takeover.lease_s, at_once)
        try:
            turn = run_queue.turn_of(story.identity.user_id)
            ack = await self._delivery.store(story, storing.write, asker, ref, turn=turn, settle_s=SETTLE_S)
        except _KnownError:
            return await self._taken_before(story.identity, question)
        job = storing.job(ack)
        if job is not None:
            await self._takeover.begin(job)
        else:
            self._scheduler.waiting += 1
        return Taken(ack)

    async def _taken_before(self, identity: Identity, question: Question) -> Taken:
        async def look_up(conn: Connection) -> Event:
            known = await messages.by_client_id(conn, identity.user_id, question.client_message_id or "")
            if known is None:
                raise PlatformError("SERVICE_UNAVAILABLE", "The question was being taken in twice. Ask again.", 1)
            if known["content"] != question.content:
                raise PlatformError("ID_CONFLICT", "Another question of yours has this client_message_id.")
            return (await run_events.of_run(conn, known["run_id"], 0, 1))[0]

        return Taken(await self._db.run(identity, look_up), replayed=True)


class _Storing:
    """One question on its way into the store."""

    def __init__(self, story: Story, question: Question, instance: str, lease_s: float, at_once: int) -> None:
        self._story = story
        self._question = question
        self._instance = instance
        self._lease_s = lease_s
        self._at_once = at_once
        self._message_id = new_id()
        self._position = 0
        self._fence = 0

    async def write(self, conn: Connection) -> Event:
        """Write question, run and ack.

        Args:
            conn: The transaction.

        Returns:
            The ack.
        """
        story, question = self._story, self._question
        # In the user's turn and under the thread's lock: places are given in the order of the acks, on all instances.
        await self._check_new(conn)
        seq = await self._next_seq(conn)
        self._position = await self._place(conn)
        message = Message(
            id=self._message_id,
            thread_id=story.thread_id,
            seq=seq,
            role="user",
            content=question.content,
            trace_id=story.trace_id,
            run_id=story.run_id,
            client_message_id=question.client_message_id,
        )
        if not await messages.add(conn, story.identity, message):
            raise _KnownError
        run = NewRun(
            id=story.run_id,
            thread_id=story.thread_id,
            message_id=self._message_id,
            request_id=story.request_id,
            trace_id=story.trace_id,
            ack_seq=seq,
            taken_in_by=self._instance,
            at_work=self._position == 0,
            lease_s=self._lease_s,
        )
        self._fence = await runs.add(conn, story.identity, run)
        data = {
            "message_id": str(self._message_id),
            "client_message_id": question.client_message_id,
            "run_id": str(story.run_id),
            "queued_position": self._position,
        }
        return await write_event(conn, story, "message_ack", data, seq)

    def job(self, ack: Event) -> Job | None:
        """Give the run that this instance is to work on.

        Args:
            ack: The stored ack.

        Returns:
            The run; ``None`` when it has to wait.
        """
        if self._position:
            return None
        return Job(self._story, self._message_id, ack.seq, self._question.content, self._fence)

    async def _check_new(self, conn: Connection) -> None:
        client_id = self._question.client_message_id
        if client_id is not None and await messages.by_client_id(conn, self._story.identity.user_id, client_id):
            raise _KnownError

    async def _next_seq(self, conn: Connection) -> int:
        story = self._story
        if self._question.thread_id is None:
            title = self._question.content.strip().splitlines()[0][:LONGEST_TITLE]
            await threads.add(conn, story.identity, story.thread_id, title)
        seq = await threads.next_seq_for_question(conn, story.identity.user_id, story.thread_id)
        if seq is None:
            raise PlatformError("NOT_FOUND", "There is no such thread.")
        return seq

    async def _place(self, conn: Connection) -> int:
        """Find the run's place in its user's line: 0 when it may work at once."""
        line = await run_queue.line_of(conn, self._story.identity.user_id, self._story.thread_id)
        if line.at_work < self._at_once and not line.thread_busy:
            return 0
        if line.waiting >= WAITING_PER_USER:
            raise PlatformError(
                "TOO_MANY_RUNS",
                f"{line.waiting} of your questions are waiting already. Ask again when one of them is answered.",
                retry_after_s=5,
            )
        return line.waiting + 1

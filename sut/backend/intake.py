"""Takes questions in, from the socket and over REST alike: stored and acknowledged first, answered afterwards."""

from dataclasses import dataclass

from sut.backend.client_frames import Question
from sut.backend.delivery import Delivery, write_event
from sut.backend.hub import Socket
from sut.backend.job import Job, Story
from sut.backend.scheduler import Place, Scheduler
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import parse_traceparent
from sut.store import messages, run_events, runs, threads
from sut.store.messages import Message
from sut.store.postgres import Connection, Database
from sut.store.run_events import Event
from sut.store.runs import NewRun

LONGEST_TITLE = 80


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
        self, db: Database, delivery: Delivery, scheduler: Scheduler, *, instance: str, lease_s: float
    ) -> None:
        """Make it.

        Args:
            db: Where questions are stored.
            delivery: Stores and sends the acks.
            scheduler: Says when a run may work.
            instance: This instance, which works on what it takes in.
            lease_s: For how many seconds a run is this instance's without renewal.
        """
        self._db = db
        self._delivery = delivery
        self._scheduler = scheduler
        self._instance = instance
        self._lease_s = lease_s

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
        intake = _Storing(self._scheduler, story, question, self._instance, self._lease_s)
        try:
            ack = await self._delivery.store(story, intake.write, asker, ref)
        except _KnownError:
            intake.give_up()
            return await self._taken_before(identity, question)
        except BaseException:
            intake.give_up()
            raise
        intake.start(ack)
        return Taken(ack)

    async def _taken_before(self, identity: Identity, question: Question) -> Taken:
        async with self._db.transaction(identity) as conn:
            known = await messages.by_client_id(conn, identity.user_id, question.client_message_id or "")
            if known is None:
                raise PlatformError("SERVICE_UNAVAILABLE", "The question was being taken in twice. Ask again.", 1)
            if known["content"] != question.content:
                raise PlatformError("ID_CONFLICT", "Another question of yours has this client_message_id.")
            events = await run_events.of_run(conn, known["run_id"], 0, 1)
        return Taken(events[0], replayed=True)


class _Storing:
    """One question on its way into the store."""

    def __init__(self, scheduler: Scheduler, story: Story, question: Question, instance: str, lease_s: float) -> None:
        self._scheduler = scheduler
        self._story = story
        self._question = question
        self._instance = instance
        self._lease_s = lease_s
        self._message_id = new_id()
        self._place: Place | None = None

    async def write(self, conn: Connection) -> Event:
        """Write question, run and ack.

        Args:
            conn: The transaction.

        Returns:
            The ack.
        """
        story, question = self._story, self._question
        await self._check_new(conn)
        await self._have_thread(conn)
        # Under the thread's lock: places are given in the order of the acks.
        self._place = self._scheduler.reserve(story.identity.user_id, story.thread_id)
        seq = await threads.next_seq(conn, story.thread_id)
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
            instance=self._instance,
            lease_s=self._lease_s,
        )
        await runs.add(conn, story.identity, run)
        data = {
            "message_id": str(self._message_id),
            "client_message_id": question.client_message_id,
            "run_id": str(story.run_id),
            "queued_position": self._place.position,
        }
        return await write_event(conn, story, "message_ack", data, seq)

    def start(self, ack: Event) -> None:
        """Let the run work.

        Args:
            ack: The stored ack.
        """
        if self._place is not None:
            self._scheduler.start(self._place, Job(self._story, self._message_id, ack.seq, self._question.content))

    def give_up(self) -> None:
        """Give the place back: nothing was stored."""
        if self._place is not None:
            self._scheduler.release(self._place)

    async def _check_new(self, conn: Connection) -> None:
        client_id = self._question.client_message_id
        if client_id is not None and await messages.by_client_id(conn, self._story.identity.user_id, client_id):
            raise _KnownError

    async def _have_thread(self, conn: Connection) -> None:
        story = self._story
        if self._question.thread_id is None:
            title = self._question.content.strip().splitlines()[0][:LONGEST_TITLE]
            await threads.add(conn, story.identity, story.thread_id, title)
        elif await threads.find(conn, story.identity.user_id, story.thread_id) is None:
            raise PlatformError("NOT_FOUND", "There is no such thread.")

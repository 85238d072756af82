"""Control messages overtake the questions that wait; the questions of one thread keep their order."""

from dataclasses import dataclass
from itertools import cycle

from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, as_text
from goldenpath.history.frame import Frame
from goldenpath.routing.asking import acknowledged, ask, ended, new_thread
from goldenpath.routing.checks import CONTROL_OVERTAKES, THREAD_ORDER_KEPT
from goldenpath.routing.entries import patience_s
from goldenpath.routing.handled import MONTHS
from goldenpath.world import world

# How long the language model keeps the first runs busy: nothing is waited for that long, it is only outrun.
BUSY_S = 1.5


@dataclass(frozen=True, slots=True)
class Queue:
    """Questions of one thread, sent in one go: the first is at work, the others wait.

    Args:
        user: Who asked.
        runs: The questions in the order in which they were sent.
        pings: The moments at which a ping was sent after each of them.
    """

    user: User
    runs: list[Run]
    pings: list[Frame]

    def __str__(self) -> str:
        return f"{len(self.runs)} questions of {self.user}"

    @property
    def socket(self) -> ChatSocket:
        """Where they were asked."""
        return self.user.connection()


async def ask_in_a_row(user: User) -> Queue:
    """Ask in one thread without waiting for anything, and send a ping after each question.

    Args:
        user: Who asks; connected.

    Returns:
        The questions.
    """
    stops = world().target.offers("stop")
    # with a stop the first run does not live long: the second one keeps the others waiting
    busy = [{"delay_s": BUSY_S}] * (2 if stops else 1)
    await world().llm.script(user.canary, busy, for_task="triage")
    thread_id = await new_thread(user)
    socket, runs, pings = user.connection(), list[Run](), list[Frame]()
    forms = [name for name, form in socket.dialect.questions.forms.items() if "{thread_id}" in as_text(form)]
    for month, form in zip(MONTHS, cycle(forms), strict=False):
        question = f"How much did we spend on gpt-4o in {month} 2026?"
        runs.append(await ask(user, socket, question, thread_id=thread_id, form=form))
        pings.append(await socket.send({"type": "ping"}))
    return Queue(user, runs, pings)


async def pongs_overtake(queue: Queue) -> float:
    """Check that every ping is answered before any of the questions is.

    Args:
        queue: The questions.

    Returns:
        Seconds that the slowest pong took.

    Raises:
        PromiseBroken: One came behind the end of a run, or none.
    """
    channel, wanted = queue.socket.channel, len(queue.pings)

    def enough(frame: Frame) -> bool:
        ends = frame.type in ("agent_completed", "agent_error") and frame.run_id is not None
        return ends or sum(one.type == "pong" for one in channel.received()) >= wanted

    try:
        await channel.wait_for(enough, patience_s(), f"the pongs among {queue}")
    except PromiseBroken as error:
        raise CONTROL_OVERTAKES.broken(f"{error} (limit-message_processing)") from None
    pongs = [frame for frame in channel.received() if frame.type == "pong"]
    if len(pongs) < wanted:
        raise CONTROL_OVERTAKES.broken(f"A run of {queue} ended when {len(pongs)} of {wanted} pings were answered.")
    return max(pong.at_ns - ping.at_ns for ping, pong in zip(queue.pings, pongs, strict=False)) / 1e9


async def stops_overtake(queue: Queue) -> list[Run]:
    """Stop the run at work and one that waits: both stops come before the ends of those that wait.

    Args:
        queue: The questions.

    Returns:
        The runs that were not stopped.

    Raises:
        PromiseBroken: A stop waited for the run that it should stop, or for another one.
    """
    if not world().target.offers("stop"):
        return queue.runs
    at_work, busy, _, waiting, *_ = queue.runs
    for run in (at_work, waiting):
        await acknowledged(run)
        await queue.socket.send({"type": "stop_agent", "payload": {"run_id": run.run_id}})
    for run in (at_work, waiting):
        end = await ended(run, CONTROL_OVERTAKES)
        if end.type != "agent_stopped":
            raise CONTROL_OVERTAKES.broken(f"{run} was stopped while it worked or waited, and ended with {end.type}.")
    if any(
        frame.type == "agent_started" and frame.run_id == waiting.run_id for frame in queue.socket.channel.received()
    ):
        raise CONTROL_OVERTAKES.broken(f"{waiting} was stopped while it waited, and was started all the same.")
    if any(busy.ends(frame) for frame in queue.socket.channel.received()):
        raise CONTROL_OVERTAKES.broken(f"The stops came behind the end of {busy}.")
    await world().llm.clear(queue.user.canary)
    return [run for run in queue.runs if run not in (at_work, waiting)]


async def order_is_kept(queue: Queue, going_on: list[Run]) -> None:
    """Check that the questions were taken in, stored and answered in the order in which they were sent.

    Args:
        queue: The questions.
        going_on: Those that were not stopped.

    Raises:
        PromiseBroken: Some were not.
    """
    ends = [await ended(run) for run in going_on]
    _in_order("answered", going_on, [end.at_ns for end in ends])
    if world().target.offers("ack"):
        acks = [await acknowledged(run) for run in queue.runs]
        _in_order("acknowledged", queue.runs, [ack.at_ns for ack in acks])
    thread_id = queue.runs[0].thread_id
    stored = await world().backend.all_messages(queue.user.token(), str(thread_id))
    asked = [run.question for run in queue.runs]
    kept = [message["content"] for message in stored if message["role"] == "user"]
    if kept != asked:
        raise THREAD_ORDER_KEPT.broken(f"Sent were {_months(asked)}, stored are {_months(kept)}.")


def _in_order(what: str, runs: list[Run], at_ns: list[int]) -> None:
    if at_ns != sorted(at_ns):
        seen = [run.question for _, run in sorted(zip(at_ns, runs, strict=True), key=lambda pair: pair[0])]
        raise THREAD_ORDER_KEPT.broken(f"Sent were {_months([run.question for run in runs])}, {what} {_months(seen)}.")


def _months(questions: list[str]) -> str:
    return ", ".join(month for question in questions for month in MONTHS if month in question)

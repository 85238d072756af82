"""Following a run on whatever connection its user has, and over REST when nobody tells of it any more."""

import asyncio
from typing import Any

from goldenpath.checks import Check
from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel
from goldenpath.history.rules import FIVE_EVENTS
from goldenpath.limits import limit
from goldenpath.polling import NotYet, until
from goldenpath.world import world

OK = 200
LOOK_EVERY_S = 0.25
# before this nobody asks over REST whether a run is over
PATIENT_FOR_S = 2.0
_ENDED = ("completed", "degraded", "failed", "stopped")


def patience_s() -> float:
    """How long anything may take that has happened already, as far as the platform itself says."""
    return limit("message_processing").max_s


async def acknowledged(run: Run, broken: Check) -> Frame:
    """Wait until a question is taken in; on platforms that never say so, until its run begins.

    Args:
        run: The question.
        broken: The promise that is broken when it is not.

    Returns:
        The frame that says it.

    Raises:
        PromiseBroken: Nothing said so.
    """
    try:
        frame = await run.channel.wait_for(run.acknowledges, patience_s(), f"the acknowledgement of {run}")
    except PromiseBroken as error:
        raise broken.broken(f"{error} (limit-message_processing)") from None
    run.thread_id = frame.thread_id or run.thread_id
    return frame


async def shown(run: Run, event: str, broken: Check) -> None:
    """Wait for an event of a run on the connection where it was asked.

    Args:
        run: The question.
        event: The event's type.
        broken: The promise that is broken when it does not come.

    Raises:
        PromiseBroken: It did not come.
    """
    try:
        await run.channel.wait_for(
            lambda frame: frame.type == event and frame.run_id == run.run_id, patience_s(), f"{event} of {run}"
        )
    except PromiseBroken as error:
        raise broken.broken(f"{error} (limit-first_event)") from None


async def ended(run: Run, channel: Channel, broken: Check) -> Frame:
    """Wait for the good end of a run on a connection; when REST says that it has ended, it has to be told soon.

    Args:
        run: A question that was acknowledged.
        channel: The connection.
        broken: The promise that is broken when the end does not come, or is no answer.

    Returns:
        The run's last frame.

    Raises:
        PromiseBroken: It did not come.
    """
    run.awaited = True
    allowed = limit("agent_run_standard")
    telling = asyncio.ensure_future(channel.wait_for(run.ends, allowed.max_s, f"the end of {run}"))
    both: list[asyncio.Future[Any]] = [telling]
    try:
        await asyncio.wait(both, timeout=PATIENT_FOR_S)
        if not telling.done():
            both.append(asyncio.ensure_future(stored_end(run, broken)))
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([telling], timeout=patience_s())
        if not telling.done():
            raise broken.broken(f"{run} is over, as REST says, and its end was never told on {channel}.")
        try:
            end = telling.result()
        except PromiseBroken as error:
            raise broken.broken(f"{error} ({allowed.id})") from None
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    if end.type != "agent_completed":
        raise broken.broken(f"{run} ended with {end.type}: {end.data.get('error')}")
    return end


async def stored_end(run: Run, broken: Check) -> str:
    """Wait until the answer can be read over REST, whoever is connected.

    Args:
        run: A question that was acknowledged.
        broken: The promise that is broken when it cannot.

    Returns:
        The words of the stored answer.

    Raises:
        PromiseBroken: It cannot within limit-agent_run_standard.
    """
    allowed, token = limit("agent_run_standard"), run.user.token()

    async def look() -> str | None:
        if world().target.offers("runs"):
            page = (await world().backend.run(token, str(run.run_id))).expect(OK).body
            if page.get("state") not in _ENDED:
                raise NotYet(str(page.get("state")))
        for message in await world().backend.all_messages(token, str(run.thread_id)):
            if message.get("role") == "assistant":
                return _words(message)
        raise NotYet("no answer among the thread's messages")

    try:
        return await until(look, within_s=allowed.max_s, every_s=LOOK_EVERY_S, what=f"the stored answer to {run}")
    except PromiseBroken as error:
        raise broken.broken(f"{error} ({allowed.id})") from None


def _words(message: dict[str, Any]) -> str:
    return str((message.get("result") or {}).get("summary") or message.get("content"))


def shows_all_five(run: Run, broken: Check) -> None:
    """Check that each of the five events was shown on the connection where a question was asked.

    Args:
        run: A question whose run has ended there.
        broken: The promise that is broken when one is missing.

    Raises:
        PromiseBroken: One is missing.
    """
    shown = {frame.type for frame in run.frames().frames}
    missing = [event for event in FIVE_EVENTS if event not in shown]
    if missing:
        raise broken.broken(f"{', '.join(missing)} of {run} did not come on {run.channel}.")


async def resume(socket: ChatSocket, thread_id: str, after_seq: int, broken: Check) -> int:
    """Ask for what was missed in a thread, and wait until all of it has come.

    Args:
        socket: The new connection.
        thread_id: The thread.
        after_seq: The last number that the client has.
        broken: The promise that is broken when nobody answers.

    Returns:
        The thread's last number, as the platform says.

    Raises:
        PromiseBroken: It was not answered, or with an error.
    """
    since = len(socket.channel.frames)
    await socket.send({"type": "resume", "payload": {"thread_id": thread_id, "after_seq": after_seq}})

    def answers(frame: Frame) -> bool:
        return frame.type == "error" or (
            frame.type == "replay_complete" and frame.data.get("thread_id", thread_id) == thread_id
        )

    try:
        answer = await socket.channel.wait_for(answers, patience_s(), f"the replay of thread {thread_id}", since)
    except PromiseBroken as error:
        raise broken.broken(f"{error} (limit-message_processing)") from None
    if answer.type == "error":
        raise broken.broken(f"resume after {after_seq} on {socket.channel} was refused: {answer.data.get('error')}")
    return int(answer.data.get("last_seq", 0))


def last_seq(channel: Channel, thread_id: str | None) -> int:
    """Give the greatest number of a thread that a connection was told.

    Args:
        channel: The connection.
        thread_id: The thread.

    Returns:
        The number; 0 when there is none.
    """
    return max((frame.seq or 0 for frame in channel.received() if frame.thread_id == thread_id), default=0)


def nothing_missing(run: Run, channels: list[Channel], broken: Check) -> None:
    """Check that a user was told everything of a run's thread, on one connection or another.

    Args:
        run: A run that has ended.
        channels: The connections, in the order of their making.
        broken: The promise that is broken when something is missing.

    Raises:
        PromiseBroken: Something is missing.
    """
    told = {frame.seq for channel in channels for frame in channel.received() if frame.thread_id == run.thread_id}
    highest = max((seq for seq in told if seq is not None), default=0)
    missing = [seq for seq in range(1, highest + 1) if seq not in told]
    if missing:
        raise broken.broken(
            f"seq {', '.join(map(str, missing))} of {run}'s thread, which goes up to {highest}, came on none of "
            f"{', '.join(map(str, channels))}."
        )

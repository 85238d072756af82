"""The way of a question to its answer, watched from outside: what goes wrong is told when it does."""

import asyncio
from collections.abc import Iterable

from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run
from goldenpath.history.frame import Frame
from goldenpath.history.rules import FIVE_EVENTS, TERMINALS
from goldenpath.journeys.promises import ANSWERED, SHOWN
from goldenpath.limits import limit
from goldenpath.polling import until
from goldenpath.world import world

OVER = frozenset({"completed", "degraded", "failed", "stopped"})
_LOOK_EVERY_S = 0.5
_STEPS = frozenset({*FIVE_EVENTS, *TERMINALS})


async def followed(run: Run) -> Frame:
    """Follow a question to the end of its run, whatever end that is.

    Args:
        run: A question that was sent.

    Returns:
        The last frame of its run.

    Raises:
        PromiseBroken: It was refused, missed a limit on its way, or ended without its user being told.
    """
    run.awaited = True
    acknowledged = await _acknowledged(run)
    run.thread_id = acknowledged.thread_id
    first = limit("first_event")
    began = asyncio.create_task(
        run.channel.wait_for(lambda frame: _is_step(run, frame), first.max_s, f"{first.id}: the first event of {run}")
    )
    whole = limit("agent_run_standard")
    ended = asyncio.create_task(
        run.channel.wait_for(run.ends, first.max_s + whole.max_s, f"{whole.id}: the end of {run}")
    )
    looking = asyncio.create_task(_over_but_not_told(run))
    work: set[asyncio.Task[Frame] | asyncio.Task[None]] = {began, ended, looking}
    try:
        while not ended.done():
            done, work = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        return ended.result()
    finally:
        for task in (began, ended, looking):
            task.cancel()
        await asyncio.gather(began, ended, looking, return_exceptions=True)


async def answered(run: Run) -> Frame:
    """Follow a question to its complete answer.

    Args:
        run: A question that was sent.

    Returns:
        The frame that carries the answer.

    Raises:
        PromiseBroken: It has another end, or none.
    """
    end = await followed(run)
    if end.type != "agent_completed" or end.data.get("status") != "completed":
        cause = end.data.get("error") or end.data.get("missing") or ""
        raise ANSWERED.broken(f"{run} ended with {end.type} ({end.data.get('status') or 'no status'}): {cause}")
    return end


async def all_answered(runs: Iterable[Run]) -> None:
    """Follow several questions at once; the first failure is told when all have ended.

    Args:
        runs: Questions that were sent.

    Raises:
        PromiseBroken: One of them has no complete answer.
    """
    ends = await asyncio.gather(*(answered(run) for run in runs), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end


async def _acknowledged(run: Run) -> Frame:
    allowed = limit("message_processing" if world().target.offers("ack") else "first_event")

    def settles(frame: Frame) -> bool:
        return run.acknowledges(frame) or (frame.type == "error" and frame.at_ns >= run.sent_ns)

    frame = await run.channel.wait_for(settles, allowed.max_s, f"{allowed.id}: the acknowledgement of {run}")
    if not run.acknowledges(frame):
        raise ANSWERED.broken(f"{run} was refused: {frame.data.get('error')}")
    return frame


def _is_step(run: Run, frame: Frame) -> bool:
    return frame.type in _STEPS and frame.run_id is not None and frame.run_id == run.run_id


async def _over_but_not_told(run: Run) -> None:
    """Look whether the platform itself says that the run is over, and then for how long its user does not hear it."""
    if not world().target.offers("runs"):
        return
    token, run_id = run.user.token(), str(run.run_id)

    async def over() -> str | None:
        reply = await world().backend.run(token, run_id)
        state = str(reply.body.get("state")) if reply.status == 200 else ""
        return state if state in OVER else None

    patience_s = limit("agent_run_standard").max_s * 2
    state = await until(over, within_s=patience_s, every_s=_LOOK_EVERY_S, what=f"the end of {run} over REST")
    delivery = limit("event_delivery")
    try:
        await run.channel.wait_for(run.ends, delivery.max_s, f"{delivery.id}: the end of {run}")
    except PromiseBroken as missing:
        raise SHOWN.broken(f"{run} is {state}, says its own page, but its user was not told. {missing}") from None

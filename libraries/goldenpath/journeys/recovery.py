"""Journeys that are broken in the middle, and picked up again by the same user."""

import asyncio
import time
from typing import Any

from goldenpath.checks import Check
from goldenpath.clients.chat import HandshakeRefused
from goldenpath.errors import PromiseBroken, UsageError
from goldenpath.handles import Run, User, seconds_since, secret
from goldenpath.history.frame import Frame
from goldenpath.journeys.promises import EXPIRY, FAILURE_TOLD, OUTAGE_TOLD, SURVIVES
from goldenpath.journeys.walk import OVER, answered, followed
from goldenpath.limits import limit
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import NotYet, until
from goldenpath.tokens.doors import Doors, ask_all
from goldenpath.tokens.forging import claims_of, signed
from goldenpath.tokens.promises import ONE_ERROR, OUTAGE
from goldenpath.world import world

_UNAVAILABLE = 503
_UNAUTHENTICATED = 401
_LOOK_EVERY_S = 0.1
_HOUR_S = 3600


def own_platform() -> EmbeddedPlatform:
    """Give the platform that this run has started.

    Returns:
        The platform, whose processes may be stopped.

    Raises:
        UsageError: Somebody else has started it.
    """
    platform = world().platform
    if not isinstance(platform, EmbeddedPlatform):
        raise UsageError("This platform is not this run's to break. Give the test the tag needs-processes.")
    return platform


async def ends_alone(run: Run) -> None:
    """Wait until a run is over, says its own page, while its user has no socket; where there is no page, go on at once.

    Args:
        run: The question; its socket is gone.

    Raises:
        PromiseBroken: It is not over in its time.
    """
    if not world().target.offers("runs"):
        return
    allowed = limit("agent_run_standard")

    async def over() -> bool:
        page = (await world().backend.run(run.user.token(), str(run.run_id))).expect(200).body
        if page["state"] not in OVER:
            raise NotYet(f"it is {page['state']}")
        return True

    what = f"{allowed.id}: the end of {run}, whose user is away,"
    await until(over, within_s=allowed.max_s, every_s=_LOOK_EVERY_S, what=what)


async def answer_is_there(run: Run) -> None:
    """Find a run's answer on the user's newest socket, after the one that the question was asked on was lost.

    Args:
        run: The question; its frames are looked for on the new socket from now on.

    Raises:
        PromiseBroken: The run did not go on while its user was away.
    """
    run.awaited = True
    user, allowed = run.user, limit("agent_run_standard")
    if not world().target.offers("resume"):
        await _answer_in_history(run, allowed.max_s)
        return
    run.channel = user.connection().channel
    await user.connection().send({"type": "resume", "payload": {"thread_id": run.thread_id, "after_seq": 0}})
    end = await run.channel.wait_for(run.ends, allowed.max_s, f"{allowed.id}: the end of {run} on the new socket")
    if end.type != "agent_completed" or end.data.get("status") != "completed":
        raise SURVIVES.broken(f"{run} lost its socket and ended with {end.type}: {end.data.get('error')}")


async def _answer_in_history(run: Run, within_s: float) -> None:
    async def look() -> bool:
        messages = await world().backend.all_messages(run.user.token(), str(run.thread_id))
        roles = [message["role"] for message in messages]
        if "assistant" not in roles:
            raise NotYet(f"only {roles}")
        return True

    try:
        await until(look, within_s=within_s, every_s=_LOOK_EVERY_S, what=f"the answer to {run} in the history")
    except PromiseBroken as missing:
        raise SURVIVES.broken(str(missing)) from None


async def failure_is_told(run: Run, code: str) -> Frame:
    """Follow a run to its failure.

    Args:
        run: A question that cannot be answered.
        code: What its error must say.

    Returns:
        The frame that tells it.

    Raises:
        PromiseBroken: It ended otherwise, or not at all.
    """
    end = await followed(run)
    error: dict[str, Any] = end.data.get("error") or {}
    if end.type != "agent_error" or (world().target.offers("result") and error.get("code") != code):
        raise FAILURE_TOLD.broken(
            f"{run} cannot be answered; promised is agent_error {code}, told is {end.type}"
            f" {end.data.get('status') or ''} {error.get('code') or ''}"
        )
    return end


def let_token_expire(user: User) -> None:
    """Put an access token in the place of the user's, that is the same but has expired.

    Args:
        user: The user, who keeps the refresh token.
    """
    claims, now = claims_of(user.token()), int(time.time())
    past = {"iat": now - _HOUR_S, "nbf": now - _HOUR_S, "exp": now - 1}
    user.access_token = secret(signed({**claims, **past}, own_platform().jwt_secret))


async def expired_token_is_refused(user: User) -> None:
    """Show an expired token at auth service, REST and socket.

    Args:
        user: Who has one.

    Raises:
        PromiseBroken: A door let it in, or refused it otherwise than with 401.
    """
    said = await ask_all(Doors(world(), user).usual(), user.token())
    if not all(one.refused for one in said):
        raise EXPIRY.broken(f"{user}'s token has expired; {'; '.join(map(str, said))}.")


async def outage_is_told(users: list[User]) -> None:
    """See what the platform says while its stores are away: to the balancer, over REST, and on open and new sockets.

    Args:
        users: Connected users with good tokens.

    Raises:
        PromiseBroken: It says something else than that it is not available, or nothing.
    """
    allowed = limit("message_processing")

    async def not_ready() -> bool:
        status = (await world().backend.health()).status
        if status != _UNAVAILABLE:
            raise NotYet(f"the platform says {status}, as if it were ready")
        return True

    try:
        await until(not_ready, within_s=allowed.max_s, every_s=_LOOK_EVERY_S, what="503 from /health/ready")
    except PromiseBroken as missing:
        raise OUTAGE_TOLD.broken(str(missing)) from None
    for user in users:
        # the first may meet the outage itself; the others would meet what it has left behind
        await _told_to(user, allowed.max_s, OUTAGE if user is users[0] else ONE_ERROR)
    await _no_new_socket(users[0])


async def _told_to(user: User, within_s: float, promise: Check) -> None:
    reply = await world().backend.threads(user.token())
    _insist_on_no_refusal(user, reply.status, promise)
    if reply.status != _UNAVAILABLE:
        raise OUTAGE_TOLD.broken(f"{user} asks for their threads, and is answered with {reply.status}, not 503.")
    socket = user.connection()
    since = len(socket.channel.frames)
    question = socket.dialect.questions.frame("What did we spend?", None, f"gp-away-{user.canary}", None)
    await socket.send(question)
    answer = await socket.channel.wait_for(
        lambda frame: frame.type in {"error", "message_ack", "agent_started"},
        within_s,
        f"limit-message_processing: what {user} is told while the stores are away",
        since,
    )
    if answer.type != "error":
        raise OUTAGE_TOLD.broken(f"{user} asks while nothing can be stored, and is told {answer.type}.")


async def _no_new_socket(user: User) -> None:
    here = world()
    channel = here.recorder.channel(user.name, "while the stores are away")
    try:
        socket = await here.open_socket(user, channel, "header")
    except HandshakeRefused as refusal:
        _insist_on_no_refusal(user, refusal.status, ONE_ERROR)
        if refusal.status != _UNAVAILABLE:
            raise OUTAGE_TOLD.broken(f"a new socket is refused with {refusal.status}, promised is 503.") from None
        return
    await socket.close()
    raise OUTAGE_TOLD.broken("a new socket is opened, although no question on it can be stored or answered.")


def _insist_on_no_refusal(user: User, status: int, promise: Check) -> None:
    if status == _UNAUTHENTICATED:
        raise promise.broken(f"{user}'s token is good, and is refused with 401 because nobody can check it just now.")


async def first_good_run(user: User, question: str, healed_ns: int) -> float:
    """Ask again and again until there is a complete answer.

    Args:
        user: Who asks; connected.
        question: What.
        healed_ns: When the cause of the trouble was gone (`time.monotonic_ns`).

    Returns:
        Seconds from then to the end of the first good run.

    Raises:
        PromiseBroken: There was none within limit-recovery.
    """
    allowed, refused = limit("recovery"), list[str]()

    async def once() -> float:
        reply = await world().backend.threads(user.token())
        if reply.status == _UNAUTHENTICATED:
            refused.append(f"{user}'s token is good, the stores are back, and REST still answers 401.")
            raise ONE_ERROR.broken(refused[0])
        if reply.status == _UNAVAILABLE:
            raise NotYet(f"REST answers {user} with 503")
        run = Run.of(user, question, None)
        await run.send()
        end = await answered(run)
        return seconds_since(healed_ns, end.at_ns)

    try:
        return await until(once, within_s=allowed.max_s, every_s=_LOOK_EVERY_S, what=f"a good run of {user}")
    except PromiseBroken as broken:
        if refused:
            raise
        raise PromiseBroken(f"{allowed.id}: {broken}") from None


async def all_first_good_runs(users: list[User], question: str, healed_ns: int) -> list[float]:
    """Let all users ask until each has a complete answer.

    Args:
        users: Connected.
        question: What they ask.
        healed_ns: When the cause of the trouble was gone.

    Returns:
        Seconds from then, for each user.

    Raises:
        PromiseBroken: One of them had none within limit-recovery.
    """
    runs = await asyncio.gather(*(first_good_run(user, question, healed_ns) for user in users), return_exceptions=True)
    for run in runs:
        if isinstance(run, BaseException):
            raise run
    return [run for run in runs if isinstance(run, float)]

"""What a user is told when a part of a run cannot be had: a code, in words, soon, and the same over every entry."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldenpath.assembly.asking import REST, all_of, ask, end_of
from goldenpath.checks import check
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, as_text, seconds_since
from goldenpath.limits import limit
from goldenpath.schemas import error_codes
from goldenpath.world import world

STRUCTURED = check(
    "structured-error", "What cannot be had is told to its user as an error with a code, soon, the same at every door."
)
# A run whose part is missing has nothing to wait for.
PROMPT_S = 5.0
QUESTION = "How much did we spend on gpt-4o in May 2026?"
SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class BrokenPart:
    """A part of a run that cannot be had, as the scripted language model makes it happen.

    Args:
        name: What it is, as a finding will call it.
        replies: What the language model does in the run.
        for_task: In which of its tasks; ``None``: in every one.
        code: The code that its user has to be told.
        ends: Whether the run ends by it; else the answer goes without that part, and says so.
    """

    name: str
    replies: tuple[Mapping[str, Any], ...]
    for_task: str | None
    code: str
    ends: bool = True


def _plan(*agents: str) -> tuple[Mapping[str, Any], ...]:
    return ({"json": {"intent": "spend", "period": None, "subject": None, "plan": list(agents)}},)


# Each refusal stands twice: both tasks of a run ask.
_CIRCLE = ("data", "optimization") * 4
BROKEN_PARTS = (
    BrokenPart("an unknown agent", _plan("triage", "oracle", "report"), "triage", "AGENT_UNAVAILABLE"),
    BrokenPart(
        "an unknown tool", _plan("triage", "data", "crystal_ball_tool", "report"), "triage", "AGENT_UNAVAILABLE"
    ),
    BrokenPart("a plan in a circle", _plan("triage", *_CIRCLE, "report"), "triage", "HANDOFF_LIMIT"),
    BrokenPart("a language model that refuses the key", ({"status": 401},) * 2, None, "LLM_UNAVAILABLE", ends=False),
    BrokenPart("a language model that forbids its use", ({"status": 403},) * 2, None, "LLM_UNAVAILABLE", ends=False),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a user was told.

    Args:
        entry: Where they asked.
        code: The code; empty without one.
        message: The words; empty without any.
        took_s: Seconds from the question.
    """

    entry: str
    code: str
    message: str
    took_s: float


def wrongly_told(what: str, promised: str, told: list[Told], within_s: float) -> list[str]:
    """Hold what a user was told at several doors against the promise.

    Args:
        what: What was missing.
        promised: The code; empty: any documented one.
        told: What was told, door by door.
        within_s: How soon.

    Returns:
        One sentence for each finding.
    """
    found = []
    for one in told:
        if not one.code or not one.message.strip():
            found.append(f"{what}: the {one.entry} told no code or no words ({one.code!r}, {one.message!r})")
        elif one.code != promised if promised else one.code not in error_codes():
            found.append(f"{what}: the {one.entry} told {one.code}, promised is {promised or 'a documented code'}")
        if one.took_s > within_s:
            found.append(f"{what}: the {one.entry} told it after {one.took_s:.1f} s, promised are {within_s:g}")
    if len({one.code for one in told}) > 1:
        found.append(f"{what}: the doors tell {', '.join(f'{one.code} ({one.entry})' for one in told)}")
    return found


async def told_of(user: User, part: BrokenPart) -> list[str]:
    """Ask over REST and over the socket for what cannot be had, and hold what is told against the promise.

    Both ask in one thread, so that the second question waits for the end of the first: who waits is told as well.

    Args:
        user: Who asks; connected.
        part: What cannot be had.

    Returns:
        One sentence for each finding.
    """
    entries = [REST, SOCKET] if world().target.offers("ask_over_rest") else [SOCKET]
    replies = [dict(reply) for reply in part.replies] * len(entries)
    await world().llm.script(user.canary, replies, for_task=part.for_task)
    runs: list[Run] = []
    for entry in entries:
        thread_id = runs[0].thread_id if runs else None
        runs.append(await ask(user, QUESTION, STRUCTURED, entry=REST if entry == REST else None, thread_id=thread_id))
    told = [await _told_in(run, entry, part) for run, entry in zip(runs, entries, strict=True)]
    return wrongly_told(part.name, part.code, told, PROMPT_S)


async def _told_in(run: Run, entry: str, part: BrokenPart) -> Told:
    """Read the error of a run: in its last frame, or where the answer goes without the part, on the run's page."""
    end = await end_of(run, STRUCTURED)
    took_s = seconds_since(run.sent_ns, end.at_ns)
    error = end.data.get("error")
    if part.ends:
        if end.type != "agent_error":
            raise STRUCTURED.broken(f"{part.name}: {run} over the {entry} ended with {end.type}")
        if entry == REST and world().target.offers("runs"):
            error = (await world().backend.run(run.user.token(), str(run.run_id))).expect(200).body.get("error")
    else:
        if end.type != "agent_completed" or end.data.get("status", "degraded") != "degraded":
            raise STRUCTURED.broken(f"{part.name}: {run} over the {entry} ended with {end.type}: {as_text(end.data)}")
        if not world().target.offers("runs"):
            return Told(entry, part.code, "the answer says what is missing", took_s)
        page = (await world().backend.run(run.user.token(), str(run.run_id))).expect(200).body
        errors = [step.get("error") for step in page["steps"] if step.get("agent") in (end.data.get("missing") or ())]
        error = errors[0] if errors else None
    error = error if isinstance(error, dict) else {}
    return Told(entry, str(error.get("code") or ""), str(error.get("message") or ""), took_s)


async def bad_request_told(user: User) -> list[str]:
    """Ask for what nobody can have, over the socket and over REST: each is told, and the socket stays open.

    Args:
        user: Who asks; connected.

    Returns:
        One sentence for each finding.
    """
    nowhere = str(uuid.uuid4())
    found: list[str] = []
    for what, content, thread_id in (("a thread that is nobody's", QUESTION, nowhere), ("no question", "", None)):
        told = [await _refused_on_socket(user, content, thread_id)]
        if world().target.offers("ask_over_rest"):
            told.append(await refused_over_rest(user, content, thread_id or nowhere))
        found += wrongly_told(what, "", told, PROMPT_S)
    since = len(user.connection().channel.frames)
    await user.connection().send_text("{this is no JSON")
    told = [await _error_since(user, since)]
    # where errors follow no description of ours, any code will do
    promised = "INVALID_JSON" if world().target.offers("schemas") else told[0].code
    found += wrongly_told("a frame that is no JSON", promised, told, PROMPT_S)
    return found


async def _refused_on_socket(user: User, content: str, thread_id: str | None) -> Told:
    socket = user.connection()
    since = len(socket.channel.frames)
    await socket.send(world().target.dialect.questions.frame(content, thread_id, f"gp-{uuid.uuid4()}"))
    return await _error_since(user, since)


async def _error_since(user: User, since: int) -> Told:
    channel = user.connection().channel
    sent_ns = channel.frames[since].at_ns
    try:
        frame = await channel.wait_for(lambda frame: frame.type == "error", PROMPT_S, "the error", since)
    except PromiseBroken as silence:
        raise STRUCTURED.broken(str(silence)) from None
    error = frame.data.get("error") or {}
    took_s = seconds_since(sent_ns, frame.at_ns)
    return Told(SOCKET, str(error.get("code") or ""), str(error.get("message") or ""), took_s)


async def refused_over_rest(user: User, content: str, thread_id: str) -> Told:
    """Ask over REST for what is refused.

    Args:
        user: Who asks.
        content: The question.
        thread_id: In which thread.

    Returns:
        What was told.
    """
    reply = await world().backend.ask(user.token(), thread_id, content, f"gp-{uuid.uuid4()}")
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    error = error if isinstance(error, dict) else {}
    return Told("REST", str(error.get("code") or ""), str(error.get("message") or ""), reply.took_s)


async def store_away_told(on_socket: User, over_rest: User, thread_id: str) -> list[str]:
    """Ask while no database session can be had, over the socket and over REST at the same time.

    Args:
        on_socket: Who asks on a socket; connected.
        over_rest: Who asks over REST.
        thread_id: A thread of theirs.

    Returns:
        One sentence for each finding.
    """
    allowed = limit("message_processing")
    work = [_refused_on_socket(on_socket, QUESTION, None)]
    if world().target.offers("ask_over_rest"):
        work.append(refused_over_rest(over_rest, QUESTION, thread_id))
    told = await all_of(STRUCTURED, work)
    return wrongly_told("a database session", "SERVICE_UNAVAILABLE", told, allowed.max_s)

"""The journey of many users at once, at moments that were settled before, and what each part of it took."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, seconds_since
from goldenpath.history.rules import FIVE_EVENTS
from goldenpath.journeys.promises import ANSWERED, REST_PATIENT
from goldenpath.journeys.walk import OVER
from goldenpath.limits import limit
from goldenpath.limits.open_loop import open_loop
from goldenpath.limits.samples import Durations, Outcomes
from goldenpath.limits.schedule import by_chance, steady
from goldenpath.polling import until
from goldenpath.world import world

QUESTION = "How much did we spend on gpt-4o in May 2026?"
# what runs beside the journeys: readers who look something up, each second
READS_A_SECOND = 5.0
LEAST_READS = 59
TOGETHER = 3
# how long the language model takes for one question that somebody asks over REST meanwhile
SLOW_S = 6.0
_LOOK_EVERY_S = 0.25


@dataclass
class Measured:
    """What an hour of rush has shown.

    Args:
        durations: Times, by the limit that they are held against.
        outcomes: Trials, by the limit that they are held against.
        failures: What went wrong, in words.
        broken: Promises that were broken and that no limit is about.
    """

    durations: dict[str, Durations]
    outcomes: dict[str, Outcomes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


async def rush(users: Sequence[User], runs: int, a_second: float, seed: int) -> Measured:
    """Let users walk the journey at settled moments while others read.

    Args:
        users: Connected; they take turns, each in a thread of their own, and the last one asks over REST.
        runs: How many journeys.
        a_second: How many begin each second.
        seed: Settles when the readers come.

    Returns:
        What was measured; void where this process was too slow.
    """
    asked: list[Run] = []

    async def journey(number: int) -> None:
        user = users[number % (len(users) - 1)]
        run = Run.of(user, QUESTION, None)
        run.awaited = True
        asked.append(run)
        await run.send()
        allowed = limit("agent_run_standard")
        end = await run.channel.wait_for(run.ends, allowed.max_s, f"{allowed.id}: the end of {run}")
        if end.type != "agent_completed" or end.data.get("status") != "completed":
            raise ANSWERED.broken(f"{run} ended with {end.type}: {end.data.get('error') or end.data.get('missing')}")

    async def read(number: int) -> None:
        user = users[number % (len(users) - 1)]
        threads = next((run.thread_id for run in user.runs if run.thread_id), None)
        if number % 2 and world().target.offers("search"):
            (await world().backend.get("/api/messages/search", user.token(), q=user.canary)).expect(200)
        elif threads:
            (await world().backend.messages(user.token(), threads)).expect(200)
        else:
            (await world().backend.threads(user.token())).expect(200)

    duration_s = runs / a_second
    reads = by_chance(READS_A_SECOND, duration_s, seed)
    reads += steady(LEAST_READS / duration_s, duration_s)[len(reads) :]
    journeys, readers, patience = await asyncio.gather(
        open_loop(_in_groups(runs, a_second), journey, what="question to answer"),
        open_loop(sorted(reads), read, what="history and search"),
        _slow_question(users[-1]),
    )
    durations = {"limit-response_time": journeys.response, "limit-message_retrieval": readers.response}
    failures = [*journeys.failures.values(), *readers.failures.values()]
    measured = Measured(durations, failures=failures, broken=patience)
    _measure_runs(measured, asked, journeys.response.void)
    measured.outcomes["limit-success_rate"] = Outcomes(
        "journeys", len(journeys.response.values), len(journeys.response.censored), journeys.response.void
    )
    return measured


def _in_groups(runs: int, a_second: float) -> list[float]:
    """Give moments at each of which several users come at once, as in an office in the morning."""
    return [number // TOGETHER * TOGETHER / a_second for number in range(runs)]


def _measure_runs(measured: Measured, runs: Sequence[Run], void: str) -> None:
    first = measured.durations["limit-first_event"] = Durations("question to first event", void)
    whole = measured.durations["limit-agent_run_standard"] = Durations("agent_started to its end", void)
    delivery = measured.durations["limit-event_delivery"] = Durations("emission to receipt", void)
    shown = measured.outcomes["limit-event_completeness"] = Outcomes("the five events of each run", void=void)
    clock = world().clock
    for run in runs:
        seen = run.frames()
        steps = seen.of_type(*FIVE_EVENTS)
        if steps:
            first.add(seconds_since(run.sent_ns, steps[0].at_ns))
        else:
            first.add_unended(seconds_since(run.sent_ns))
        started, ends = seen.of_type("agent_started"), seen.of_type("agent_completed")
        if started and ends:
            whole.add(seconds_since(started[0].at_ns, ends[-1].at_ns))
        elif started:
            whole.add_unended(seconds_since(started[0].at_ns))
        if ends:
            shown.add({frame.type for frame in steps} >= set(FIVE_EVENTS))
        for frame in seen.frames:
            if clock is not None and (underway_s := clock.underway_s(frame)) is not None:
                delivery.add(underway_s)


async def _slow_question(user: User) -> list[str]:
    """Ask over REST what takes the language model long, where that can be arranged.

    Args:
        user: Who asks.

    Returns:
        Why the run was not as good as one on the socket; nothing, if it was.
    """
    here = world()
    if not (here.target.offers("ask_over_rest") and here.target.offers("llm_script")):
        return []
    await here.llm.script(user.canary, [{"delay_s": SLOW_S}], for_task="report")
    thread = (await here.backend.create_thread(user.token(), "slow")).expect(201).body["id"]
    question = f"{QUESTION} {here.llm.marker_text(user.canary)}"
    reply = (await here.backend.ask(user.token(), thread, question, f"gp-{uuid.uuid4()}")).expect(202)

    async def over() -> dict[str, object] | None:
        page: dict[str, object] = (await here.backend.run(user.token(), reply.body["run_id"])).expect(200).body
        return page if page["state"] in OVER else None

    allowed = limit("agent_run_standard")
    try:
        page = await until(over, within_s=allowed.max_s, every_s=_LOOK_EVERY_S, what="the end of a slow run over REST")
    except PromiseBroken as late:
        return [f"{allowed.id}: {late}"]
    result = page.get("result")
    if page["state"] == "completed" and isinstance(result, dict) and result.get("findings"):
        return []
    seen = f"an answer that takes {SLOW_S:g} s and more ends over REST as {page['state']}: {result}"
    return [str(REST_PATIENT.broken(seen))]

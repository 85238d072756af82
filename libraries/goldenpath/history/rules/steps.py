"""Rules about the work of the agents: what comes first, in which order, and what a good run shows."""

from collections import Counter

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.kinds import FIVE_EVENTS, WORK
from goldenpath.history.rules.views import RunView

_MOST_ATTEMPTS = 3


@rule("started-first", "contract 3", "run")
def started_first(run: RunView) -> Notes:
    """Between the acknowledgement and agent_started nothing of the run is shown, unless it ends before it began."""
    events = [seen for seen in run.frames if seen.kind != "message_ack"]
    if run.ack_ns is not None and not run.gap and events and events[0].kind in (*WORK, "agent_completed"):
        yield Broken(f"the first event of {run} is {events[0].kind}", events[0].at_ns, run.trace_id)


@rule("started-once-an-attempt", "contract 3 and 5", "run", needs="plan")
def started_once_an_attempt(run: RunView) -> Notes:
    """agent_started comes once for each attempt, and attempts are 1, 2, 3 at most."""
    starts = run.of_kind("agent_started")
    attempts = [seen.data.get("attempt") for seen in starts]
    due = list(range(1, len(attempts) + 1))
    if run.ack_ns is not None and not run.gap and (attempts != due or len(attempts) > _MOST_ATTEMPTS):
        yield Broken(f"{run} started as attempt {attempts}", starts[-1].at_ns, run.trace_id)


@rule("five-events", "contract 3", "run", needs="thinking")
def five_events(run: RunView) -> Notes:
    """A good run shows all five events."""
    if not run.complete:
        return
    arrived = Counter(seen.kind for seen in run.frames)
    missing = [event for event in FIVE_EVENTS if not arrived[event]]
    if missing:
        shown = ", ".join(f"{n}x {kind}" for kind, n in arrived.items())
        yield Broken(f"{run} did not show {', '.join(missing)}; it showed {shown}", run.end_ns, run.trace_id)


@rule("plan-from-triage-to-report", "contract 5", "run", needs="plan")
def plan_from_triage_to_report(run: RunView) -> Notes:
    """The plan of a run begins with triage, ends with report, and names each agent once."""
    for seen in run.of_kind("agent_started"):
        plan = seen.data.get("plan")
        agents = plan if isinstance(plan, list) else []
        if agents[:1] != ["triage"] or agents[-1:] != ["report"] or len(set(map(str, agents))) != len(agents):
            yield Broken(f"the plan of {run} is {plan}", seen.at_ns, seen.trace_id)


@rule("steps-in-plan-order", "contract 3", "run", needs="plan step")
def steps_in_plan_order(run: RunView) -> Notes:
    """Steps stand in the order of the plan: a step's number is its agent's place in it, and numbers never fall."""
    if not run.whole:
        return
    plan, before = run.plan, 0
    for seen in run.frames:
        if seen.kind == "agent_started":
            before = 0
        if seen.kind not in WORK:
            continue
        agent, step = seen.data.get("agent"), seen.data.get("step")
        due = plan.index(agent) + 1 if agent in plan else None
        if step != due:
            yield Broken(f"{agent} works as step {step} of the plan {plan}", seen.at_ns, seen.trace_id)
            return
        if due is not None and due < before:
            text = f"{agent} (step {due}) works after step {before} has begun"
            yield Broken(text, seen.at_ns, seen.trace_id)
            return
        before = due or before


@rule("steps-do-not-overlap", "contract 3", "run", needs="step")
def steps_do_not_overlap(run: RunView) -> Notes:
    """No step begins while a tool call of another step is open."""
    if not run.whole:
        return
    open_calls: dict[str, object] = {}
    for seen in run.frames:
        step, call = seen.data.get("step"), str(seen.data.get("tool_call_id"))
        if seen.kind == "agent_started":
            open_calls = {}
        elif seen.kind == "tool_completed":
            open_calls.pop(call, None)
        if seen.kind in ("agent_thinking", "tool_executing"):
            others = {other for other in open_calls.values() if other != step}
            if others:
                text = f"step {step} of {run} works while a tool call of step {others.pop()} is open"
                yield Broken(text, seen.at_ns, seen.trace_id)
                return
        if seen.kind == "tool_executing":
            open_calls[call] = step


@rule("every-agent-thinks", "contract 3", "run", needs="plan thinking")
def every_agent_thinks(run: RunView) -> Notes:
    """Each agent of the plan tells what it thinks."""
    if not run.good:
        return
    silent = set(run.plan) - {seen.data.get("agent") for seen in run.of_kind("agent_thinking")}
    if silent:
        yield Broken(f"{', '.join(sorted(silent))} said nothing in {run}", run.end_ns, run.trace_id)


@rule("data-calls-a-tool", "contract 3", "run", needs="plan step")
def data_calls_a_tool(run: RunView) -> Notes:
    """In a good run the Data agent calls a tool, and the call succeeds."""
    if run.good and not any(
        seen.data.get("agent") == "data" and seen.data.get("status") in (None, "ok")
        for seen in run.of_kind("tool_completed")
    ):
        yield Broken(f"{run} has an answer, and Data had no tool call that succeeded", run.end_ns, run.trace_id)


@rule("only-planned-agents-work", "contract 3", "run", needs="plan")
def only_planned_agents_work(run: RunView) -> Notes:
    """Only agents of the plan work on a run."""
    plan = run.plan
    strangers = {str(seen.data.get("agent")) for seen in run.frames if seen.kind in WORK} - set(plan)
    if run.whole and strangers:
        yield Broken(f"{', '.join(sorted(strangers))} works on {run}, whose plan is {plan}", run.end_ns, run.trace_id)

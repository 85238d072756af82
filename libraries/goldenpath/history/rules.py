"""Rules that every run's frames keep (contract section 3): each looks at recorded frames and tells what is wrong.

A rule is a function with a name, one sentence of meaning, and a list of findings as its answer; no finding, no fault.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from goldenpath.history.frame import Frame

FIVE_EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
TERMINALS = ("agent_completed", "agent_error", "agent_stopped")
STORED_PREFIXES = ("message_ack", "agent_", "tool_")


@dataclass(frozen=True, slots=True)
class RunFrames:
    """The frames of one run, in the order of their receipt.

    Args:
        user_id: The user who asked.
        frames: The acknowledgement and every frame with the run's id.
    """

    user_id: str
    frames: Sequence[Frame]

    def of_type(self, *types: str) -> list[Frame]:
        """Give the frames of some types, in the order of their receipt."""
        return [frame for frame in self.frames if frame.type in types]

    def index_of(self, event_type: str) -> int | None:
        """Give the position of the first frame of a type, ``None`` without one."""
        return next((i for i, frame in enumerate(self.frames) if frame.type == event_type), None)


RunRule = Callable[[RunFrames], Iterator[str]]
RUN_RULES: dict[str, RunRule] = {}


def run_rule(name: str) -> Callable[[RunRule], RunRule]:
    """Enter a rule under its name in the book of rules."""

    def enter(rule: RunRule) -> RunRule:
        RUN_RULES[name] = rule
        return rule

    return enter


@run_rule("acknowledged-before-start")
def acknowledged_before_start(run: RunFrames) -> Iterator[str]:
    """The message is acknowledged, once, before its run starts."""
    acks = [i for i, frame in enumerate(run.frames) if frame.type == "message_ack"]
    if len(acks) != 1:
        yield f"{len(acks)} acknowledgements instead of one"
    started = run.index_of("agent_started")
    if acks and started is not None and started < acks[0]:
        yield "agent_started came before message_ack"


@run_rule("five-events")
def five_events(run: RunFrames) -> Iterator[str]:
    """A good run shows all five events."""
    arrived = Counter(frame.type for frame in run.frames)
    for event in FIVE_EVENTS:
        if not arrived[event]:
            yield f"{event} is missing; arrived: {', '.join(f'{n}x {t}' for t, n in arrived.items()) or 'nothing'}"


@run_rule("started-first")
def started_first(run: RunFrames) -> Iterator[str]:
    """Between the acknowledgement and agent_started nothing of the run is shown."""
    events = [frame.type for frame in run.frames if frame.type != "message_ack"]
    if events and events[0] != "agent_started":
        yield f"the first event is {events[0]}, not agent_started"


@run_rule("one-terminal-last")
def one_terminal_last(run: RunFrames) -> Iterator[str]:
    """A run ends exactly once, and nothing of it follows."""
    ends = [i for i, frame in enumerate(run.frames) if frame.type in TERMINALS]
    if len(ends) != 1:
        yield f"{len(ends)} terminal events instead of one"
    if ends and ends[0] != len(run.frames) - 1:
        late = ", ".join(frame.type for frame in run.frames[ends[0] + 1 :])
        yield f"after {run.frames[ends[0]].type} came {late}"


@run_rule("tools-paired")
def tools_paired(run: RunFrames) -> Iterator[str]:
    """Every tool call is shown when it begins and once when it ends, under one tool_call_id."""
    open_calls: dict[str, str] = {}
    for frame in run.of_type("tool_executing", "tool_completed"):
        call, tool = str(frame.data.get("tool_call_id")), str(frame.data.get("tool_name"))
        if frame.type == "tool_executing":
            if call in open_calls:
                yield f"tool_call_id {call} was used twice"
            open_calls[call] = tool
        elif call not in open_calls:
            yield f"{tool} completed ({call}) without having begun"
        elif open_calls[call] != tool:
            yield f"call {call} began as {open_calls[call]} and ended as {tool}"
            open_calls[call] = ""
        else:
            open_calls[call] = ""
    for call, tool in open_calls.items():
        if tool:
            yield f"{tool} ({call}) never completed"


@run_rule("steps-in-plan-order")
def steps_in_plan_order(run: RunFrames) -> Iterator[str]:
    """The agents of the plan think in its order, all of them, one after the other."""
    starts = run.of_type("agent_started")
    plan = list(starts[0].data.get("plan") or []) if starts else []
    order: list[str] = []
    for frame in run.of_type("agent_thinking", "tool_executing", "tool_completed"):
        agent = str(frame.data.get("agent"))
        if not order or order[-1] != agent:
            order.append(agent)
    if starts and order != plan:
        yield f"plan {plan}, but the agents worked in the order {order}"


@run_rule("seq-without-gap")
def seq_without_gap(run: RunFrames) -> Iterator[str]:
    """The seq of a run's frames rises in the order of receipt, and no number is used twice."""
    numbers = [frame.seq for frame in run.frames]
    for before, after in pairwise(numbers):
        if before is None or after is None:
            yield "a stored frame has no seq"
        elif after <= before:
            yield f"seq {after} came after seq {before}"


@run_rule("ids-present")
def ids_present(run: RunFrames) -> Iterator[str]:
    """Every stored frame carries its ids; the run's are the same in all of them, and no event_id comes twice."""
    for name in ("thread_id", "run_id", "request_id", "trace_id"):
        values = {str(frame.body.get(name) or "") for frame in run.frames}
        if "" in values:
            yield f"a frame has no {name}"
        if len(values) > 1:
            yield f"{name} changes within the run: {', '.join(sorted(values))}"
    repeated = [event for event, n in Counter(frame.body.get("event_id") for frame in run.frames).items() if n > 1]
    if repeated:
        yield f"event_id repeated: {repeated[0]}"


@run_rule("only-own-user")
def only_own_user(run: RunFrames) -> Iterator[str]:
    """Every frame names the user who receives it."""
    for frame in run.frames:
        if frame.body.get("user_id") != run.user_id:
            yield f"{frame.type} names user {frame.body.get('user_id')}, the receiver is {run.user_id}"


def broken_run_rules(run: RunFrames) -> list[str]:
    """Hold a run's frames against every rule.

    Args:
        run: The frames.

    Returns:
        ``rule: finding`` for each finding; empty when all rules are kept.
    """
    return [f"{name}: {finding}" for name, rule in RUN_RULES.items() for finding in rule(run)]


def broken_thread_seq(frames: Sequence[Frame]) -> list[str]:
    """Hold the frames of one thread, as one socket received them live, against the promise of seq.

    Args:
        frames: The stored frames of the thread, from its first, in the order of their receipt.

    Returns:
        One finding for each gap, repeat or reversal; empty when seq is 1, 2, 3 ….
    """
    numbers = [frame.seq for frame in frames if frame.type.startswith(STORED_PREFIXES)]
    return [f"seq {number} stands where {place} should" for place, number in enumerate(numbers, 1) if number != place]

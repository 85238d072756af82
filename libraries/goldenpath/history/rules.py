"""Rules that every run's frames keep (contract section 3): each looks at recorded frames and tells what is wrong.

A rule is a function with a name, one sentence of meaning, and a list of findings as its answer; no finding, no fault.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from goldenpath.history.frame import Frame

FIVE_EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
TERMINALS = ("agent_completed", "agent_error", "agent_stopped")
STORED_PREFIXES = ("message_ack", "agent_", "tool_")

# What a frame must say, by its type: without it a client has nothing to show.
FIELDS = {
    "message_ack": ("message_id", "client_message_id", "run_id"),
    "agent_started": ("plan", "attempt"),
    "agent_thinking": ("agent", "step", "reasoning", "progress"),
    "tool_executing": ("agent", "step", "tool_call_id", "tool_name", "parameters"),
    "tool_completed": ("agent", "step", "tool_call_id", "tool_name", "status", "result", "duration_ms"),
    "agent_completed": ("result", "status", "duration_ms"),
}


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
        elif not open_calls[call]:
            yield f"{tool} ({call}) completed twice"
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


@run_rule("fields-filled")
def fields_filled(run: RunFrames) -> Iterator[str]:
    """Every frame says when it was made, and what its type has to say."""
    for frame in run.frames:
        if emitted_at(frame) is None:
            yield f"{frame.type} has the timestamp {frame.body.get('timestamp')!r}; promised is RFC 3339 with its zone"
        for name in FIELDS.get(frame.type, ()):
            if frame.data.get(name) in (None, ""):
                yield f"{frame.type} (seq {frame.seq}) does not say its {name}"


def watched_s(run: RunFrames) -> float:
    """Measure for how long the user could watch the agents work.

    Args:
        run: The frames of a run that has ended.

    Returns:
        Seconds from the receipt of agent_started to the receipt of the end; 0 without either.
    """
    starts, ends = run.of_type("agent_started"), run.of_type(*TERMINALS)
    return (ends[0].at_ns - starts[0].at_ns) / 1e9 if starts and ends else 0.0


def emitted_at(frame: Frame) -> datetime | None:
    """Read when a frame was made, as the platform says.

    Args:
        frame: The frame.

    Returns:
        The moment, with its time zone; ``None`` when the frame does not say it in RFC 3339.
    """
    try:
        moment = datetime.fromisoformat(str(frame.body.get("timestamp")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


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
    findings, before = [], 0
    for frame in frames:
        if not frame.type.startswith(STORED_PREFIXES):
            continue
        if frame.seq != before + 1:
            findings.append(f"{frame.type} has seq {frame.seq}, due was {before + 1}")
        before = before if frame.seq is None else frame.seq
    return findings


def broken_socket_rules(user_id: str, frames: Sequence[Frame]) -> list[str]:
    """Hold everything that one socket received against what holds for every frame.

    Args:
        user_id: Whose socket it is.
        frames: All frames from the platform, in the order of their receipt.

    Returns:
        One finding for each fault: not exactly one greeting, in the first place; a frame that is no JSON object, or
        that names another user.
    """
    findings = []
    greetings = [place for place, frame in enumerate(frames) if frame.type == "connection_established"]
    if greetings != [0]:
        places = ", ".join(str(place + 1) for place in greetings) or "nowhere"
        findings.append(f"connection_established came as frame {places}; promised is once, as the first")
    findings += ["a frame is no JSON object" for frame in frames if frame.malformed]
    others = [frame for frame in frames if not frame.malformed and frame.body.get("user_id") != user_id]
    findings += [f"{frame.type} names user {frame.body.get('user_id')}, the receiver is {user_id}" for frame in others]
    return findings


def shared_run_ids(runs: Sequence[RunFrames]) -> list[str]:
    """Look for ids that several runs have in common, though each is made anew for every question.

    Args:
        runs: The frames of different questions.

    Returns:
        One finding for each id that stands in more than one run.
    """
    findings = []
    for name in ("run_id", "request_id", "trace_id"):
        used = Counter(value for run in runs for value in {str(frame.body.get(name)) for frame in run.frames})
        findings += [f"{n} of {len(runs)} runs have the {name} {value}" for value, n in used.items() if n > 1]
    return findings
